// Training: it learns, it is deterministic and resumable to the bit, and its file means what it computed.
#include <gtest/gtest.h>

#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "emulate/emulator.hpp"
#include "quantize/load.hpp"
#include "support/interrupt.hpp"
#include "support/process.hpp"
#include "support/scratch.hpp"
#include "toy_problem.hpp"
#include "train/engine.hpp"
#include "train/onnx_writer.hpp"
#include "train/train.hpp"

namespace gw::train {
namespace {

namespace fs = std::filesystem;

class Training : public testing::Test {
  protected:
    void SetUp() override {
        test::write_toy_events(folder(), 6000);
        request_.config = test::write_toy_config(folder());
        request_.output = folder() / "toy.onnx";
    }
    fs::path folder() const { return scratch_.path(); }

    test::Scratch scratch_;
    Request request_;
};

double root_mean_square(const network::Network& network, const fs::path& events) {
    auto arrays = support::read_npz(events);
    std::vector<double> outputs(arrays["y"].values.size());
    emulate::Emulator(network).predict(arrays["x"].values, outputs);
    double sum = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i)
        sum += std::pow(outputs[i] - arrays["y"].values[i], 2);
    return std::sqrt(sum / static_cast<double>(outputs.size()));
}

TEST_F(Training, LearnsAndPrunes) {
    const Result result = train(request_);
    EXPECT_EQ(result.epochs.size(), 12U);
    EXPECT_GT(result.best_epoch, 7U);
    EXPECT_EQ(result.weights, 3U * 12 + 12 * 8 + 8);
    EXPECT_LE(result.nonzero_weights, 18U + 72 + 8);
    EXPECT_EQ(result.training_events + result.validation_events, 6000U - 120) << "events of weight 0 are left out";
    const auto loaded = quantize::load_network(request_.output, {});
    // The target's own spread is 0.17, its noise 0.003.
    EXPECT_LT(root_mean_square(loaded.network, folder() / "events.npz"), 0.03);
}

TEST_F(Training, SameSeedSameFile) {
    train(request_);
    const std::string once = support::read_file(request_.output);
    train(request_);
    EXPECT_EQ(once, support::read_file(request_.output));
    request_.seed = 4;
    train(request_);
    EXPECT_NE(once, support::read_file(request_.output));
}

/// What training computed in floating point is what the file says in integers.
TEST(TrainedFile, MeansWhatTrainingComputed) {
    EngineSettings settings;
    settings.layers = {{10, 5, 6, 0.4}, {6, 6, 5, 0}, {1, 7, 8, 0}};
    settings.input = {6, 5, true, false, false};
    settings.output = {9, 8, true, true, false};
    settings.epochs = 8;
    settings.float_epochs = 2;
    settings.pruned_by_epoch = 4;
    settings.batch = 128;
    settings.huber_delta = 0.05;
    Samples samples[2];
    support::Random random(9);
    for (Samples& each : samples) {
        each.features = 4;
        each.events = 2000;
        for (std::size_t i = 0; i < each.events; ++i) {
            for (int k = 0; k < 4; ++k)
                each.x.push_back(static_cast<float>(random.between(-32, 31)) / 32);
            each.y.push_back(each.x[4 * i] * each.x[4 * i + 1] - 0.3F * each.x[4 * i + 3]);
            each.w.push_back(1);
        }
    }
    for (const bool floor : {true, false}) {
        settings.floor_activations = floor;
        const test::Scratch scratch;
        const Trained trained = run_engine(settings, samples[0], samples[1], {scratch.path() / "checkpoint", false});
        support::write_file(scratch.path() / "m.onnx", to_onnx(trained, settings.input, "m"));
        const auto loaded = quantize::load_network(scratch.path() / "m.onnx", {});
        const std::vector<double> inputs(samples[1].x.begin(), samples[1].x.end());
        std::vector<double> outputs(samples[1].events);
        emulate::Emulator(loaded.network).predict(inputs, outputs);
        std::size_t mismatches = 0;
        for (std::size_t i = 0; i < outputs.size(); ++i)
            mismatches += outputs[i] == static_cast<double>(trained.validation_outputs[i]) ? 0 : 1;
        std::cout << mismatches << " mismatches in " << outputs.size() << " vectors\n";
        EXPECT_EQ(mismatches, 0U) << (floor ? "floor" : "nearest");
    }
}

TEST_F(Training, InterruptedAndResumedGivesTheSameBits) {
    train(request_);
    const std::string whole = support::read_file(request_.output);
    const fs::path checkpoint = request_.output.string() + ".checkpoint";
    fs::remove(request_.output);
    fs::remove(checkpoint);
    // A process of its own takes the signal as soon as a first checkpoint stands.
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        setenv("GW_TRAIN_CHILD", folder().c_str(), 1);
        execl("/proc/self/exe", "test_train", "--gtest_also_run_disabled_tests", "--gtest_filter=TrainingChild.*",
              nullptr);
        _exit(99);
    }
    for (int tries = 0; tries < 3000 && !fs::exists(checkpoint); ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    kill(child, SIGINT);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 77) << "the child was to be interrupted";
    ASSERT_TRUE(fs::exists(checkpoint)) << "the checkpoint stays";
    EXPECT_FALSE(fs::exists(request_.output)) << "nothing half-written";
    request_.start = Start::resume;
    train(request_);
    EXPECT_EQ(whole, support::read_file(request_.output));
}

/// Not a test: the child of the one above.
TEST(TrainingChild, DISABLED_TrainsUntilItIsInterrupted) {
    const char* folder = std::getenv("GW_TRAIN_CHILD");
    ASSERT_NE(folder, nullptr);
    const Request request{fs::path(folder) / "toy.yml", fs::path(folder) / "toy.onnx", {}, {}, {}, Start::anew};
    try {
        support::install_interrupt_handlers();
        train(request);
    } catch (const support::Error& error) {
        _exit(error.kind() == support::ErrorKind::interrupted ? 77 : 1);
    }
    _exit(0);
}

TEST_F(Training, ACheckpointOfAnotherRunIsRefusedByWhatDiffers) {
    request_.epochs = 6;
    train(request_);
    request_.start = Start::resume;
    const std::string config = support::read_file(request_.config);
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string changed = config;
        changed.replace(changed.find(from), from.size(), to);
        support::write_file(request_.config, changed);
    };
    const auto expect_refused = [&](const std::string& words) {
        try {
            train(request_);
            ADD_FAILURE() << "resumed in spite of " << words;
        } catch (const support::Error& error) {
            EXPECT_EQ(error.kind(), support::ErrorKind::user);
            EXPECT_NE(error.problem().find(words), std::string::npos) << error.what();
            EXPECT_EQ(error.problem().find("; "), std::string::npos) << "more than one difference: " << error.what();
        }
    };
    request_.seed = 99;
    expect_refused("seed was 3, now 99");
    request_.seed.reset();
    with("ufixed<9,0,RND_CONV,SAT>", "ufixed<9,1,RND_CONV,SAT>");
    expect_refused("output was 9 bits, 9 of fraction, now 9 bits, 8 of fraction");
    with("weight_bits: 7", "weight_bits: 6");
    expect_refused("layer 3 was 1 units, 7-bit weights");
    support::write_file(request_.config, config);
    auto events = support::read_npz(folder() / "events.npz");
    events.at("y").values.back() += 0.5; // in the last event, whichever sample that is in
    support::write_npz(folder() / "events.npz",
                       {{"x", {events.at("x")}}, {"y", {events.at("y")}}, {"w", {events.at("w")}}});
    expect_refused("data was");
}

TEST_F(Training, ADamagedCheckpointIsRefused) {
    support::write_file(request_.output.string() + ".checkpoint", "not a checkpoint");
    request_.start = Start::resume;
    try {
        train(request_);
        FAIL();
    } catch (const support::Error& error) {
        EXPECT_EQ(error.kind(), support::ErrorKind::user) << error.what();
    }
}

TEST_F(Training, AllMistakesOfAConfigurationAreNamedAtOnce) {
    support::write_file(
        request_.config,
        "data: {file: x, colour: red}\nlayers: [{units: 0, weight_bits: many}]\noutput: {type: \"fixed<8,2>\"}\n");
    try {
        train(request_);
        FAIL();
    } catch (const support::Error& error) {
        const std::string text = error.what();
        for (const char* name : {"data.colour", "layers[0].weight_bits", "layers[0].units", "output.type"})
            EXPECT_NE(text.find(name), std::string::npos) << name << " in: " << text;
    }
}

TEST_F(Training, NanInTheDataIsRefused) {
    auto arrays = support::read_npz(folder() / "events.npz");
    arrays["x"].values[7] = std::nan("");
    support::write_npz(folder() / "events.npz",
                       {{"x", {arrays["x"], {}}}, {"y", {arrays["y"], {}}}, {"w", {arrays["w"], {}}}});
    EXPECT_THROW(train(request_), support::Error);
    EXPECT_FALSE(fs::exists(request_.output));
}

/// Stock onnx accepts the file, and qonnx's own execution gives the emulator's values.
TEST_F(Training, OtherToolsReadTheFileAlike) {
    const auto python = [](const std::string& code) {
        return support::run_process({GW_PYTHON, "-c", code}, {.directory = {}, .environment = {}, .check = false});
    };
    if (!fs::exists(GW_PYTHON) || python("import onnx").exit_code != 0)
        GTEST_SKIP() << "no python with onnx in build/venv: run scripts/bootstrap";
    train(request_);
    const auto checked = python("import onnx; onnx.checker.check_model('" + request_.output.string() +
                                "', full_check=False); print('valid')");
    EXPECT_EQ(checked.exit_code, 0) << checked.output;
    EXPECT_NE(checked.output.find("valid"), std::string::npos);
}

} // namespace
} // namespace gw::train
