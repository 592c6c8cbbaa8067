// Each kind of bad input: one clear message, a non-zero exit, nothing half-written.
#include <sys/mount.h>
#include <unistd.h>

#include "cli/program.hpp"

namespace gw {
namespace {

using test::expect_refused;
using test::run;
using test::Scratch;
namespace fs = std::filesystem;

class BadInput : public testing::Test {
  protected:
    BadInput() {
        support::write_file(model, test::tiny_network);
        support::write_npy(events, test::tiny_events);
    }
    void TearDown() override { EXPECT_FALSE(fs::exists(output)); }

    void expect_no_prediction(const std::string& with_model, const std::string& with_events, const std::string& part) {
        expect_refused({"predict", with_model, with_events, "-o", output}, 1, part);
    }
    std::string file(const std::string& name, const std::string& contents) {
        support::write_file(scratch / name, contents);
        return scratch / name;
    }
    Scratch scratch;
    std::string model = scratch / "tiny.json", events = scratch / "events.npy", output = scratch / "out.npy";
};

TEST_F(BadInput, Data) {
    const std::string good = support::read_file(events);
    expect_no_prediction(model, file("short.npy", good.substr(0, good.size() - 1)), "truncated");
    expect_no_prediction(model, file("text.npy", "no array"), "is not a .npy file");
    expect_no_prediction(model, file("cut.npz", "PK\x03\x04 and no more"), "not a readable .npz");
    expect_no_prediction(model, file("bad.h5", "\x89HDF\r\n\x1a\n and no more"), "not a readable HDF5");
    expect_no_prediction(model, file("bad.csv", "1,2\n3,four\n"), "line 2: 'four' in column 2 is no number");
    expect_no_prediction(model, file("data.txt", "1,2\n"), "no data format");
    expect_no_prediction(model, scratch / "absent.npy", "absent.npy: cannot be read");
    expect_no_prediction(model, file("nan.csv", "1,2\n3,nan\n"), "NaN in row 1, column 1");
    expect_no_prediction(model, file("inf.csv", "-inf,2\n"), "infinity in row 0, column 0");
    expect_no_prediction(model, file("wide.csv", "1,2,3\n"), "has shape (1, 3), but the input 'x' needs (events, 2)");
}

TEST_F(BadInput, Models) {
    expect_no_prediction(scratch / "absent.onnx", events, "absent.onnx");
    expect_no_prediction(file("bad.onnx", "no protobuf at all, surely"), events, "bad.onnx");
    expect_no_prediction(file("bad.h5", "\x89HDF\r\n\x1a\n and no more"), events, "bad.h5");
    expect_no_prediction(file("bad.keras", "PK\x03\x04 and no more"), events, "bad.keras");
    expect_no_prediction(file("cut.json", test::tiny_network.substr(0, 200)), events, "cut.json");
    expect_no_prediction(file("model.pt", "x"), events, "model.pt");
    std::string other = test::tiny_network;
    other.replace(other.find("\"raw\": [3, -5]"), 14, "\"raw\": [3, 99]");
    expect_no_prediction(file("range.json", other), events, "range.json");
    other = test::tiny_network;
    other.replace(other.find("\"version\": 1"), 12, "\"version\": 7");
    expect_no_prediction(file("version.json", other), events, "version.json");
    EXPECT_EQ(run({"predict", model, events, "-o", output, "--config", file("a.yml", "Model: [unclosed")}).exit_code,
              1);
    EXPECT_EQ(run({"predict", model, events, "-o", output, "--config", scratch / "absent.yml"}).exit_code, 1);
}

TEST_F(BadInput, Usage) {
    expect_refused({}, 2, "--help");
    expect_refused({"guess"}, 2, "there is no command 'guess'");
    expect_refused({"predict", model, events}, 2, "--output is required");
    expect_refused({"predict", model, events, "-o", output, "--numerics", "roughly"}, 2, "roughly");
    expect_refused({"predict", model, events, "-o", output, "--device", "abacus"}, 2, "abacus");
    expect_refused({"predict", model, events, "-o", output, "--threads", "0"}, 2, "--threads");
    expect_refused({"build", model, "-o", scratch / "b", "--clock", "fast"}, 2, "--clock");
    expect_refused({"predict", model, events, "-o", scratch / "out.txt"}, 1, "use .npy, .npz or .csv");
    expect_refused({"predict", model, events, "-o", scratch / "no/out.npy"}, 1, "does not exist");
    expect_refused({"predict", model, events, "-o", output, "--device", "sim"}, 1, "make a bundle");
    expect_refused({"verify", scratch.path()}, 1, "is no bundle");
    expect_refused({"report", scratch / "absent"}, 1, "does not exist");
}

TEST_F(BadInput, FullDisk) {
    const fs::path disk = scratch / "disk";
    fs::create_directory(disk);
    if (::geteuid() != 0 || ::mount("none", disk.c_str(), "tmpfs", 0, "size=16k") != 0)
        GTEST_SKIP() << "mounting a small file system needs root";
    struct Unmount {
        const fs::path& path;
        ~Unmount() { ::umount(path.c_str()); }
    } const unmount{disk};
    const support::Array many{{20000, 2}, std::vector<double>(40000, 0.5)};
    support::write_npy(events, many);
    expect_refused({"predict", model, events, "-o", disk / "out.npy"}, 1, "No space left on device");
    expect_refused({"build", model, "-o", disk / "tiny.gw", "--no-card"}, 1, "No space left on device");
    EXPECT_TRUE(fs::is_empty(disk));
    const auto result = support::run_process({"sh", "-c", test::program + " info " + model + " > /dev/full"},
                                             {{}, {}, std::chrono::seconds(60), false});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.output, testing::HasSubstr("could not be written"));
}

/// SIGINT after `seconds`, by coreutils' timeout; what the program then answers.
support::ProcessResult interrupted(int seconds, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"timeout", "--preserve-status", "-k", "60", "-s", "INT", std::to_string(seconds), test::program});
    return support::run_process(arguments, {{}, {}, std::chrono::seconds(120), false});
}

TEST_F(BadInput, ControlCInSimulation) {
    const auto result = interrupted(1, {"muon", "simulate", "--events", "5000000", "-o", scratch / "many.npz"});
    EXPECT_EQ(result.exit_code, 130) << result.output;
    EXPECT_EQ(result.output, "gatewright: error: interrupted; nothing half-written is left\n");
    EXPECT_EQ(scratch.entries(), 2U);
}

TEST_F(BadInput, ControlCInTraining) {
    if (!fs::exists(GW_BINARY_DIR "/libgatewright_train.so"))
        GTEST_SKIP() << "built without training";
    ASSERT_EQ(run({"muon", "simulate", "--events", "200000", "-o", scratch / "events.npz"}).exit_code, 0);
    // More epochs than any machine does in so short a time.
    std::string config = support::read_file(GW_SOURCE_DIR "/configs/muon.yml");
    const std::size_t at = config.find("epochs: ");
    ASSERT_NE(at, std::string::npos);
    config.insert(at + 8, "10");
    support::write_file(scratch / "long.yml", config);
    const auto result =
        interrupted(4, {"train", scratch / "long.yml", "--data", scratch / "events.npz", "-o", scratch / "m.onnx"});
    EXPECT_EQ(result.exit_code, 130) << result.output;
    EXPECT_THAT(result.output, testing::HasSubstr("gatewright: error: interrupted"));
    EXPECT_FALSE(fs::exists(scratch / "m.onnx"));
    for (const auto& entry :
         fs::directory_iterator(scratch.path())) // a whole checkpoint may stand there, no part of one
        EXPECT_EQ(entry.path().filename().string().find(".part-"), std::string::npos) << entry.path();
}

TEST_F(BadInput, TrainingDataAndConfiguration) {
    if (!fs::exists(GW_BINARY_DIR "/libgatewright_train.so"))
        GTEST_SKIP() << "built without training";
    const std::string config = GW_SOURCE_DIR "/configs/muon.yml", onnx = scratch / "m.onnx";
    expect_refused({"train", config, "--data", scratch / "absent.npz", "-o", onnx}, 1, "absent.npz");
    expect_refused({"train", file("bad.yml", "layers: [unclosed"), "-o", onnx}, 1, "bad.yml");
    EXPECT_FALSE(fs::exists(onnx));
}

} // namespace
} // namespace gw
