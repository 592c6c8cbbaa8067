// Damaged and wrong files: one clear error each, never a crash, nothing accepted in silence.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/hls4ml_config.hpp"
#include "import/keras.hpp"
#include "import/onnx.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/rng.hpp"

namespace gw::import {
namespace {

using testing::HasSubstr;

std::filesystem::path fixture(const std::string& name) {
    return std::filesystem::path(GW_SOURCE_DIR) / "tests/fixtures/models" / name;
}

/// A file that goes away with the test.
class Temporary {
  public:
    Temporary(const std::string& name, const std::string& bytes)
        : path_(std::filesystem::temp_directory_path() / ("gw_import_" + std::to_string(::getpid()) + "_" + name)) {
        std::ofstream(path_, std::ios::binary) << bytes;
    }
    ~Temporary() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

template <typename Read> std::string error_of(Read read) {
    try {
        read();
    } catch (const support::Error& error) {
        EXPECT_NE(error.kind(), support::ErrorKind::internal) << error.what();
        return error.what();
    }
    return "accepted";
}

TEST(BadFiles, AbsentOnesAreNamed) {
    EXPECT_THAT(error_of([] { read_keras_archive("/no/such.keras"); }), HasSubstr("/no/such.keras"));
    EXPECT_THAT(error_of([] { read_keras_hdf5("/no/such.h5"); }), HasSubstr("/no/such.h5"));
    EXPECT_THAT(error_of([] { read_keras_json("/no/such.json", std::nullopt); }), HasSubstr("/no/such.json"));
    EXPECT_THAT(error_of([] { read_onnx("/no/such.onnx"); }), HasSubstr("/no/such.onnx"));
    EXPECT_THAT(error_of([] { read_hls4ml_config("/no/such.yml"); }), HasSubstr("/no/such.yml"));
}

using Reader = void (*)(const std::filesystem::path&);
struct Kind {
    const char* file;
    Reader read;
};
const Kind kinds[] = {{"keras_forked.keras", [](const std::filesystem::path& path) { read_keras_archive(path); }},
                      {"keras_forked.h5", [](const std::filesystem::path& path) { read_keras_hdf5(path); }},
                      {"qonnx_trained.onnx", [](const std::filesystem::path& path) { read_onnx(path); }}};

class Damaged : public testing::TestWithParam<Kind> {};

TEST_P(Damaged, TruncatedAnywhereIsAnError) {
    const auto [file, read] = GetParam();
    const std::string whole = support::read_file(fixture(file));
    for (std::size_t k = 0; k < 60; ++k) {
        const Temporary part(file, whole.substr(0, whole.size() * k / 60));
        EXPECT_THROW(read(part.path()), support::Error) << file << " cut to " << k << "/60";
    }
}

TEST_P(Damaged, FlippedBytesNeverCrash) {
    const auto [file, read] = GetParam();
    const std::string whole = support::read_file(fixture(file));
    constexpr std::uint64_t seed = 11;
    SCOPED_TRACE(seed);
    support::Random random(seed);
    std::size_t refused = 0;
    for (int round = 0; round < 300; ++round) {
        std::string bytes = whole;
        for (std::uint64_t flips = 1 + random.below(4); flips > 0; --flips)
            bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        const Temporary damaged(file, bytes);
        try {
            read(damaged.path());
        } catch (const support::Error&) {
            ++refused;
        }
    }
    std::printf("%s: %zu of 300 damaged files refused, the others differ in a weight or in what is not read\n", file,
                refused);
    EXPECT_GT(refused, 0U);
}

INSTANTIATE_TEST_SUITE_P(Files, Damaged, testing::ValuesIn(kinds));

TEST(BadFiles, OtherKindsOfFileAreNotTakenForModels) {
    const Temporary text("text", "pt,eta,phi\n1,2,3\n");
    EXPECT_THAT(error_of([&] { read_keras_archive(text.path()); }), HasSubstr("zip"));
    EXPECT_THAT(error_of([&] { read_keras_hdf5(text.path()); }), HasSubstr("HDF5"));
    EXPECT_THAT(error_of([&] { read_onnx(text.path()); }), HasSubstr("ONNX"));
    EXPECT_THAT(error_of([&] { read_keras_json(text.path(), fixture("keras_forked.h5")); }), HasSubstr("JSON"));
    EXPECT_THAT(error_of([&] { read_onnx(fixture("keras_forked.h5")); }), HasSubstr("ONNX"));
    EXPECT_THAT(error_of([&] { read_keras_hdf5(fixture("keras_split.weights.h5")); }), HasSubstr("no model"));
    EXPECT_THAT(error_of([&] { read_keras_json(text.path(), std::nullopt); }), HasSubstr("KerasH5"));
}

TEST(BadFiles, WeightsOfAnotherModel) {
    EXPECT_THAT(error_of([] { read_keras_json(fixture("keras_split.json"), fixture("keras_chain.h5")); }),
                HasSubstr("no weight 'kernel'"));
}

} // namespace
} // namespace gw::import
