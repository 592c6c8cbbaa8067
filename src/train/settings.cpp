#include "train/settings.hpp"

#include <fmt/format.h>
#include <functional>
#include <map>
#include <yaml-cpp/yaml.h>

#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::train {
namespace {

/// Reads known keys, collects complaints about the others.
class KeyReader {
  public:
    using Action = std::function<void(const YAML::Node&)>;

    void read(const YAML::Node& node, const std::string& path, const std::map<std::string, Action>& keys) {
        if (!node.IsMap())
            return complain(path, "expected keys and values");
        for (const auto& pair : node) {
            const auto key = pair.first.as<std::string>();
            const auto known = keys.find(key);
            const std::string where = path.empty() ? key : path + "." + key;
            if (known == keys.end()) {
                complain(where, "unknown key");
                continue;
            }
            try {
                known->second(pair.second);
            } catch (const YAML::Exception&) {
                complain(where, "the value cannot be read");
            } catch (const support::Error& error) {
                complain(where, error.problem());
            }
        }
    }
    void complain(const std::string& where, const std::string& what) { complaints_.push_back(where + ": " + what); }

    void require_none(const std::string& file) const {
        if (complaints_.empty())
            return;
        std::string text = "the training configuration has " + std::to_string(complaints_.size()) + " mistake(s):";
        for (const std::string& complaint : complaints_)
            text += "\n  - " + complaint;
        throw support::user_error(text, file, "see docs/training.md for the keys and their values");
    }

  private:
    std::vector<std::string> complaints_;
};

template <typename T> KeyReader::Action into(T& value) {
    return [&value](const YAML::Node& node) { value = node.as<T>(); };
}

KeyReader::Action type_into(fixed::FixedType& type) {
    return [&type](const YAML::Node& node) { type = fixed::parse_type(node.as<std::string>()); };
}

template <typename E> KeyReader::Action choice_into(E& value, const std::map<std::string, E>& choices) {
    return [&value, choices](const YAML::Node& node) {
        const auto found = choices.find(node.as<std::string>());
        if (found == choices.end()) {
            std::string names;
            for (const auto& [name, unused] : choices)
                names += (names.empty() ? "" : ", ") + name;
            throw support::user_error("expected one of " + names);
        }
        value = found->second;
    };
}

void read_layers(KeyReader& reader, const YAML::Node& node, std::vector<LayerSettings>& layers) {
    if (!node.IsSequence())
        return reader.complain("layers", "expected a list");
    for (std::size_t i = 0; i < node.size(); ++i) {
        LayerSettings layer;
        reader.read(node[i], fmt::format("layers[{}]", i),
                    {{"units", into(layer.units)},
                     {"weight_bits", into(layer.weight_bits)},
                     {"activation_bits", into(layer.activation_bits)},
                     {"sparsity", into(layer.sparsity)}});
        layers.push_back(layer);
    }
}

void check(KeyReader& reader, const Settings& settings) {
    const auto require = [&](bool holds, const std::string& where, const std::string& what) {
        if (!holds)
            reader.complain(where, what);
    };
    require(!settings.layers.empty(), "layers", "at least one is needed");
    for (std::size_t i = 0; i < settings.layers.size(); ++i) {
        const LayerSettings& layer = settings.layers[i];
        const std::string where = fmt::format("layers[{}]", i);
        require(layer.units >= 1 && layer.units <= 4096, where + ".units", "1 to 4096");
        require(layer.weight_bits >= 2 && layer.weight_bits <= 16, where + ".weight_bits", "2 to 16");
        require(layer.activation_bits >= 1 && layer.activation_bits <= 16, where + ".activation_bits", "1 to 16");
        require(layer.sparsity >= 0 && layer.sparsity < 1, where + ".sparsity", "0 to below 1");
    }
    require(settings.input_type.width >= 1 && settings.input_type.width <= 20, "input.type",
            "a type of 1 to 20 bits is needed");
    require(settings.output_type.width >= 1 && settings.output_type.width <= 20, "output.type",
            "a type of 1 to 20 bits is needed");
    require(settings.output_type.overflow == fixed::Overflow::sat ||
                settings.output_type.overflow == fixed::Overflow::sat_sym,
            "output.type", "must saturate (SAT or SAT_SYM): training knows no wrapping");
    require(settings.output_type.rounding == fixed::Rounding::trn ||
                settings.output_type.rounding == fixed::Rounding::rnd_conv,
            "output.type", "rounding must be TRN or RND_CONV");
    require(settings.epochs >= 1 && settings.epochs <= 100000, "training.epochs", "1 to 100000");
    require(settings.float_epochs < settings.epochs, "training.float_epochs", "fewer than epochs");
    require(settings.pruned_by_epoch < settings.epochs, "training.pruned_by_epoch", "fewer than epochs");
    require(settings.batch >= 1, "training.batch", "at least 1");
    require(settings.learning_rate > 0 && settings.learning_rate < 1, "training.learning_rate", "above 0 and below 1");
    require(settings.huber_delta > 0, "training.huber_delta", "above 0");
    require(settings.validation_fraction > 0 && settings.validation_fraction < 0.9, "training.validation_fraction",
            "above 0 and below 0.9");
    require(settings.threads >= 1 && settings.threads <= 256, "training.threads", "1 to 256");
}

} // namespace

Settings read_settings(const std::filesystem::path& file) {
    const std::string text = support::read_file(file);
    YAML::Node root;
    try {
        root = YAML::Load(text);
    } catch (const YAML::Exception& error) {
        throw support::user_error(std::string("not YAML: ") + error.what(), file.string(),
                                  "mend the file at that line");
    }
    Settings settings;
    KeyReader reader;
    std::string data;
    const std::map<std::string, KeyReader::Action> training{
        {"epochs", into(settings.epochs)},
        {"float_epochs", into(settings.float_epochs)},
        {"pruned_by_epoch", into(settings.pruned_by_epoch)},
        {"batch", into(settings.batch)},
        {"learning_rate", into(settings.learning_rate)},
        {"loss",
         choice_into<Loss>(settings.loss, {{"mse", Loss::mse}, {"huber", Loss::huber}, {"log_cosh", Loss::log_cosh}})},
        {"huber_delta", into(settings.huber_delta)},
        {"validation_fraction", into(settings.validation_fraction)},
        {"seed", into(settings.seed)},
        {"threads", into(settings.threads)}};
    reader.read(root, "",
                {{"data",
                  [&](const YAML::Node& node) {
                      reader.read(node, "data",
                                  {{"file", into(data)},
                                   {"inputs", into(settings.inputs)},
                                   {"targets", into(settings.targets)},
                                   {"weights", into(settings.weights)}});
                  }},
                 {"input",
                  [&](const YAML::Node& node) {
                      reader.read(node, "input", {{"type", type_into(settings.input_type)}});
                  }},
                 {"output",
                  [&](const YAML::Node& node) {
                      reader.read(node, "output", {{"type", type_into(settings.output_type)}});
                  }},
                 {"layers", [&](const YAML::Node& node) { read_layers(reader, node, settings.layers); }},
                 {"activation_rounding", choice_into<ActivationRounding>(settings.activation_rounding,
                                                                         {{"floor", ActivationRounding::floor},
                                                                          {"nearest", ActivationRounding::nearest}})},
                 {"training", [&](const YAML::Node& node) { reader.read(node, "training", training); }}});
    settings.data = data;
    check(reader, settings);
    reader.require_none(file.string());
    return settings;
}

void require_sensible(const Settings& settings, const std::string& where) {
    KeyReader reader;
    check(reader, settings);
    reader.require_none(where);
}

} // namespace gw::train
