#include "import/keras_weights.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.hpp"

namespace gw::import {

namespace {

constexpr std::size_t most_elements = std::size_t{1} << 26;
constexpr const char* containers[] = {"layers", "_layer_checkpoint_dependencies"};

/// Keras's own names of groups: a new word at every capital that follows a small letter, or that a small letter follows
/// (ReLU is re_lu).
std::string snake_case(const std::string& name) {
    const auto upper = [&](std::size_t i) { return std::isupper(static_cast<unsigned char>(name[i])) != 0; };
    const auto lower = [&](std::size_t i) { return std::islower(static_cast<unsigned char>(name[i])) != 0; };
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool starts_word = i > 0 && upper(i) && (lower(i - 1) || (i + 1 < name.size() && lower(i + 1)));
        if (starts_word)
            out += '_';
        out += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
    }
    return out;
}

/// "dense/kernel:0" is kernel.
std::string short_name(const std::string& weight) {
    const std::string tail = weight.substr(weight.rfind('/') + 1);
    return tail.substr(0, tail.find(':'));
}

bool has_component(const std::string& path, const std::string& component) {
    return ("/" + path).find("/" + component + "/") != std::string::npos;
}

} // namespace

KerasWeights::KerasWeights(const Hdf5& file) : file_(&file), is_root_(true) {
    const bool legacy = file.has("model_weights") || file.texts("", "layer_names") || file.texts("", "layer_names0");
    for (const char* container : containers)
        numbered_ = numbered_ || (!legacy && file.has(container));
    if (!numbered_)
        path_ = file.has("model_weights") ? "model_weights" : "";
    if (!numbered_ && !file.texts(path_, "layer_names") && !file.texts(path_, "layer_names0"))
        throw support::user_error("there are no Keras weights in this file", file.name(),
                                  "save the model with model.save or model.save_weights");
}

std::vector<KerasWeights>
KerasWeights::layers(const std::vector<std::pair<std::string, std::string>>& classes_and_names) const {
    if (file_ == nullptr)
        return std::vector<KerasWeights>(classes_and_names.size(), *this);
    std::vector<KerasWeights> result;
    std::map<std::string, unsigned> count;
    const std::string here = path_.empty() ? "" : path_ + "/";
    std::string container = containers[0];
    for (const char* each : containers)
        if (numbered_ && file_->has(here + each)) {
            container = each;
            break;
        }
    for (const auto& [class_name, name] : classes_and_names) {
        if (numbered_) {
            const std::string word = snake_case(class_name.substr(class_name.find_first_of(".>") + 1));
            const unsigned index = count[word]++;
            result.push_back(KerasWeights(
                *file_, true, here + container + "/" + (index == 0 ? word : fmt::format("{}_{}", word, index))));
            continue;
        }
        KerasWeights each(*file_, false, is_root_ ? here + name : path_);
        each.entries_ = std::make_shared<std::vector<std::string>>();
        if (is_root_) {
            if (file_->has(each.path_))
                *each.entries_ = file_->texts(each.path_, "weight_names").value_or(std::vector<std::string>{});
        } else {
            for (const std::string& entry : *entries_)
                if (has_component(entry, name))
                    each.entries_->push_back(entry);
        }
        result.push_back(std::move(each));
    }
    return result;
}

KerasWeights KerasWeights::again() const {
    KerasWeights copy = *this;
    if (entries_)
        copy.entries_ = std::make_shared<std::vector<std::string>>(*entries_);
    return copy;
}

KerasWeights KerasWeights::part(const std::vector<std::string>& names) const {
    if (!numbered_)
        return *this;
    for (const std::string& name : names)
        if (file_->has(path_ + "/" + name))
            return KerasWeights(*file_, true, path_ + "/" + name);
    return KerasWeights(*file_, true, path_ + "/" + names.front());
}

FloatArray KerasWeights::next(const std::string& name, const Shape& shape, const std::string& where,
                              Problems& problems) {
    if (network::elements(shape) > most_elements)
        throw support::unsupported(
            fmt::format("a weight '{}' of shape [{}] has more than 2^26 elements", name, fmt::join(shape, ", ")));
    if (file_ == nullptr)
        return {shape, std::vector<double>(network::elements(shape), 2.0), {}};
    std::string path;
    if (numbered_) {
        path = fmt::format("{}/vars/{}", path_, count_++);
    } else {
        auto found = std::find_if(entries_->begin(), entries_->end(),
                                  [&](const std::string& entry) { return short_name(entry) == name; });
        if (found == entries_->end()) // Keras 3 says kernel where Keras 2 says depthwise_kernel
            found = std::find_if(entries_->begin(), entries_->end(),
                                 [&](const std::string& entry) { return name.ends_with("_" + short_name(entry)); });
        if (found != entries_->end()) {
            path = path_ + "/" + *found;
            entries_->erase(found);
        }
    }
    FloatArray zeros{shape, std::vector<double>(network::elements(shape), 0.0), {}};
    if (path.empty() || !file_->has(path)) {
        problems.add(fmt::format("{}: {} has no weight '{}'", where, file_->name(), name));
        return zeros;
    }
    FloatArray array = file_->numbers(path);
    if (array.shape != shape) {
        problems.add(fmt::format("{}: '{}' has shape [{}], [{}] is expected", where, name, fmt::join(array.shape, ", "),
                                 fmt::join(shape, ", ")));
        return zeros;
    }
    return array;
}

std::size_t KerasWeights::left() const {
    if (!numbered_)
        return entries_ ? entries_->size() : 0;
    std::size_t more = 0;
    while (file_->has(fmt::format("{}/vars/{}", path_, count_ + more)))
        ++more;
    return more;
}

std::optional<Shape> KerasWeights::next_shape() const {
    if (file_ == nullptr)
        return Shape{1};
    if (left() == 0)
        return std::nullopt;
    return file_->numbers(numbered_ ? fmt::format("{}/vars/{}", path_, count_) : path_ + "/" + entries_->front()).shape;
}

std::optional<std::string> KerasWeights::owner() const {
    const std::string group = path_ + "/vars";
    return numbered_ && file_->has(group) ? file_->text(group, "name") : std::nullopt;
}

} // namespace gw::import
