// Keras configurations with small changes, their weights as they are: each is read and quantised, or refused by an
// Error that is not internal. tests/fuzz does the same for longer.
#include <filesystem>

#include <gtest/gtest.h>

#include "import/keras.hpp"
#include "import/zip.hpp"
#include "quantize/quantize.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/mutate_json.hpp"

namespace gw::quantize {
namespace {

using std::filesystem::path;

struct Model {
    std::string name, config;
    import::Hdf5 weights;
};

/// Every committed Keras model, of whatever framework.
std::vector<Model> models() {
    std::vector<Model> all;
    std::vector<path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(GW_SOURCE_DIR "/tests/fixtures"))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const path& file : files) {
        if (file.extension() == ".keras") {
            auto members = import::read_zip(file, {"config.json", "model.weights.h5"});
            all.push_back({file.string(), members.at("config.json"),
                           import::Hdf5::from_bytes(members.at("model.weights.h5"), file.string())});
        } else if (file.extension() == ".h5") {
            import::Hdf5 weights = import::Hdf5::open(file);
            if (auto config = weights.text("", "model_config"))
                all.push_back({file.string(), *config, std::move(weights)});
        }
    }
    return all;
}

enum class Outcome { taken, refused, wrong };

Outcome read(const Model& model, const std::string& json) {
    try {
        const import::Graph graph = import::read_keras(json, model.weights, model.name);
        for (const auto numerics : {Numerics::exact, Numerics::hls4ml}) {
            Options options;
            options.numerics = numerics;
            quantize(graph, options);
        }
        return Outcome::taken;
    } catch (const support::Error& error) {
        EXPECT_NE(error.kind(), support::ErrorKind::internal) << error.what();
        return error.kind() == support::ErrorKind::internal ? Outcome::wrong : Outcome::refused;
    } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
    }
    return Outcome::wrong;
}

TEST(MutatedModels, AreReadOrRefused) {
    const char* more = std::getenv("GW_MUTATIONS"); // for a longer run
    const std::uint64_t rounds = more != nullptr ? std::strtoull(more, nullptr, 10) : 40;
    std::size_t count = 0, taken = 0;
    for (const Model& model : models()) {
        const nlohmann::json good = nlohmann::json::parse(model.config, nullptr, false);
        if (good.is_discarded()) // Python's Infinity
            continue;
        for (std::uint64_t seed = 0; seed < rounds; ++seed) {
            support::Random random(seed);
            nlohmann::json json = good;
            test::JsonMutator(random).mutate(json);
            const Outcome outcome = read(model, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
            ASSERT_NE(outcome, Outcome::wrong) << model.name << ", seed " << seed;
            taken += outcome == Outcome::taken ? 1 : 0;
            ++count;
        }
    }
    std::printf("%zu changed models, %zu of them taken by both numerics\n", count, taken);
    EXPECT_GT(count, 1000U);
}

} // namespace
} // namespace gw::quantize
