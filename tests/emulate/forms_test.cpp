// Forms that the fast emulator takes where it can: convolutions with what follows them in one step, tables without the
// bits that do not matter, merges modulo their lanes; on every vector unit that this machine has.
#include <gtest/gtest.h>

#include <array>

#include "emulate/emulator.hpp"
#include "emulate/every_target.hpp"
#include "emulate/program.hpp"
#include "emulate/reference.hpp"
#include "support/random_network.hpp"

namespace gw::emulate {
namespace {

using network::Network;
using network::TensorId;

const fixed::FixedType hls4ml = fixed::ap_fixed(16, 6);

/// Draws networks of images as a classifier has them, with margins that pools leave unread and a way around.
class ImageGenerator {
  public:
    explicit ImageGenerator(support::Random& random) : random_(random) {}

    Network draw() {
        network_.name = "images";
        current_ = add("x", {size(6, 12), size(6, 12), size(1, 3)});
        network_.inputs = {current_};
        for (int layer = 0; layer < 2; ++layer) {
            convolve();
            if (random_.below(4) != 0)
                rectify();
            if (random_.below(4) != 0)
                pool();
            if (random_.below(3) == 0)
                requantise();
        }
        flatten();
        dense(size(1, 9));
        go_around();
        look_up();
        network_.outputs = {current_};
        network::require_sound(network_, "images");
        return std::move(network_);
    }

  private:
    std::uint32_t size(std::int64_t low, std::int64_t high) {
        return static_cast<std::uint32_t>(random_.between(low, high));
    }
    /// Mostly the default type, for the short lanes; others for the long way.
    fixed::FixedType type() {
        if (random_.below(6) != 0)
            return hls4ml;
        const auto width = static_cast<int>(random_.between(6, 20));
        return fixed::ap_fixed(width, static_cast<int>(random_.between(1, width)),
                               static_cast<fixed::Rounding>(random_.below(7)),
                               static_cast<fixed::Overflow>(random_.below(4)));
    }
    TensorId add(const std::string& name, network::Shape shape) {
        return network_.add({name, std::move(shape), {type()}});
    }
    const network::Shape& shape() const { return network_.tensor(current_).shape; }
    void put(network::OpBody body, TensorId output) {
        network_.ops.push_back({"op" + std::to_string(network_.ops.size()), std::move(body)});
        current_ = output;
    }
    TensorId next(network::Shape shape) { return add("t" + std::to_string(network_.ops.size()), std::move(shape)); }
    network::Constant constant(network::Shape shape) {
        network::Constant constant{shape, hls4ml, {}};
        const std::int64_t most = random_.below(3) == 0 ? 4000 : 1500;
        for (std::size_t i = 0; i < network::elements(shape); ++i)
            constant.raw.push_back(random_.below(5) == 0 ? 0 : random_.between(-most, most));
        return constant;
    }
    network::Accumulator accumulator() {
        if (random_.below(5) == 0)
            return {};
        return {hls4ml, network::Accumulator::Products::converted};
    }
    network::Window window(std::uint32_t side, std::uint32_t stride, std::uint32_t pad) {
        return {{side, side}, {stride, stride}, {1, 1}, {pad, pad}};
    }
    static std::uint32_t outputs(std::uint32_t extent, std::uint32_t side, std::uint32_t stride, std::uint32_t pad) {
        return (extent + 2 * pad - side) / stride + 1;
    }

    void convolve() {
        const std::uint32_t side = size(1, 3), pad = side == 3 ? size(0, 1) : 0, channels = size(1, 9);
        if (shape()[0] < 3 || shape()[1] < 3)
            return;
        network::Conv op;
        op.input = current_;
        op.window = window(side, 1, pad);
        op.weights = constant({side, side, shape()[2], channels});
        op.bias = constant({channels});
        op.accumulator = accumulator();
        op.output = next({outputs(shape()[0], side, 1, pad), outputs(shape()[1], side, 1, pad), channels});
        put(op, op.output);
    }
    void rectify() {
        const TensorId output = next(shape());
        put(network::Relu{current_, output, {}}, output);
    }
    void requantise() {
        const TensorId output = next(shape());
        put(network::Requantise{current_, output}, output);
    }
    void pool() {
        const std::uint32_t side = size(1, 3), stride = size(1, 3);
        if (shape()[0] < side || shape()[1] < side)
            return;
        network::Pool op;
        op.input = current_;
        op.window = window(side, stride, 0);
        // The type of the input, mostly: what pools have in practice, and what can be fused.
        const fixed::FixedType same = network_.tensor(current_).types.front();
        op.output = next({outputs(shape()[0], side, stride, 0), outputs(shape()[1], side, stride, 0), shape()[2]});
        if (random_.below(5) != 0)
            network_.tensors[static_cast<std::size_t>(op.output)].types = {same};
        put(op, op.output);
    }
    void flatten() {
        network::Rearrange op{{current_}, {}, {}};
        const auto count = static_cast<std::uint32_t>(network::elements(shape()));
        for (std::uint32_t i = 0; i < count; ++i)
            op.sources.emplace_back(i);
        const fixed::FixedType same = network_.tensor(current_).types.front();
        op.output = next({count});
        network_.tensors[static_cast<std::size_t>(op.output)].types = {same};
        put(op, op.output);
    }
    void dense(std::uint32_t count) {
        network::Dense op;
        op.input = current_;
        op.weights = constant({shape()[0], count});
        op.accumulator = accumulator();
        op.output = next({count});
        put(op, op.output);
    }
    /// Two ways from one tensor that meet again: memory that is read late.
    void go_around() {
        const TensorId start = current_;
        dense(shape()[0]);
        rectify();
        using Kind = network::Merge::Kind;
        const Kind kind = std::array{Kind::sum, Kind::difference, Kind::product, Kind::maximum}[random_.below(4)];
        network::Merge op{{start, current_}, next(shape()), kind};
        if (random_.below(2) == 0) // wraps, in fewer bits than the lane
            network_.tensors[static_cast<std::size_t>(op.output)].types = {
                fixed::ap_fixed(static_cast<int>(random_.between(11, 16)), 5)};
        put(op, op.output);
    }
    void look_up() {
        network::Table op;
        op.input = current_;
        op.fraction = network_.tensor(current_).types.front().fraction + static_cast<std::int32_t>(random_.below(2));
        op.denominator = std::int64_t{1} << random_.below(8);
        op.towards_zero = random_.below(2) == 0;
        op.offset = random_.between(0, 40);
        op.values = constant({size(1, 300)});
        op.output = next(shape());
        put(op, op.output);
    }

    support::Random& random_;
    Network network_;
    TensorId current_{};
};

std::vector<std::int64_t> by_reference(const Network& network, const std::vector<std::int64_t>& inputs) {
    std::vector<std::int64_t> outputs;
    for (std::size_t at = 0; at < inputs.size(); at += network.input_size()) {
        const auto event = evaluate(network, std::span(inputs).subspan(at, network.input_size()));
        outputs.insert(outputs.end(), event.begin(), event.end());
    }
    return outputs;
}

/// What of a network's program shows that the forms are taken.
struct Seen {
    std::size_t pooled = 0, ones = 0, ended = 0, shifted_tables = 0, reused = 0;
    void look(const Network& network) {
        const Program program = compile(network, true), plain = compile(network, false);
        reused += program.bytes < plain.bytes;
        for (const Step& step : program.steps) {
            if (const auto* lookup = std::get_if<Lookup>(&step.body))
                shifted_tables += !lookup->formula && lookup->groups.front().right > 0;
            const auto* linear = std::get_if<Linear>(&step.body);
            if (linear == nullptr)
                continue;
            for (const Place& place : linear->places)
                pooled += place.again;
            for (const Pattern& pattern : linear->patterns)
                for (const Tile& tile : pattern.tiles) {
                    ones += tile.ones.size();
                    ended += tile.end != Tile::End::finish;
                }
        }
    }
};

class Forms : public EveryTarget {};

TEST_P(Forms, ImageNetworksAgreeWithTheReference) {
    Seen seen;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        support::Random random(seed);
        const Network network = ImageGenerator(random).draw();
        const auto inputs = test::random_inputs(network, random, 5);
        std::vector<std::int64_t> outputs(5 * network.output_size());
        const Emulator emulator(network, {1});
        emulator.run(inputs, outputs);
        EXPECT_EQ(outputs, by_reference(network, inputs)) << "seed " << seed;
        seen.look(network);
    }
    EXPECT_GT(seen.pooled, 100U);
    EXPECT_GT(seen.ones, 100U);
    EXPECT_GT(seen.ended, 100U);
    EXPECT_GT(seen.shifted_tables, 5U);
    EXPECT_GT(seen.reused, 50U);
}

TEST_P(Forms, RandomNetworksAgreeWithTheReference) {
    for (std::uint64_t seed = 1000; seed < 1100; ++seed) {
        support::Random random(seed);
        const Network network = test::random_network(random);
        const auto inputs = test::random_inputs(network, random, 70);
        std::vector<std::int64_t> outputs(70 * network.output_size());
        Emulator(network, {1}).run(inputs, outputs);
        EXPECT_EQ(outputs, by_reference(network, inputs)) << "seed " << seed;
    }
}

GW_ON_EVERY_TARGET(Forms);

} // namespace
} // namespace gw::emulate
