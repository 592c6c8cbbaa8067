// The emulator: a Network's exact outputs, fast. No compiler runs; a network is translated once to a list of weighted
// sums (program.hpp) and executed on blocks of events, vectorised and over threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "network/network.hpp"

namespace gw::emulate {

struct Options {
    unsigned threads = 0; ///< 0: one per core
};

/// Every tensor of a run, in the network's order.
struct TensorTrace {
    std::string name;
    std::vector<fixed::FixedType> types; ///< as Tensor::types
    std::size_t size = 0;                ///< elements of one event
    std::vector<std::int64_t> raw;       ///< event-major
};
using Trace = std::vector<TensorTrace>;

struct Program;
struct Transfer;

/// Immutable; its functions may be called from several threads at once.
class Emulator {
  public:
    /// Throws support::Error if the network is not sound.
    explicit Emulator(network::Network network, Options options = {});
    ~Emulator();
    Emulator(Emulator&&) noexcept;
    Emulator& operator=(Emulator&&) noexcept;

    const network::Network& network() const { return network_; }

    /// @param inputs  raw mantissas inside their types, event-major, events * input_size()
    /// @param outputs raw mantissas, events * output_size()
    void run(std::span<const std::int64_t> inputs, std::span<std::int64_t> outputs) const;

    /// The same on values: inputs are converted to the input types as ap_fixed does (fixed::from_double), outputs are
    /// exact. Throws support::Error (user) naming event and element for NaN, and for infinity where the type does not
    /// saturate.
    void predict(std::span<const double> inputs, std::span<double> outputs) const;

    /// All tensors of all events; for looking, not for speed.
    Trace trace(std::span<const std::int64_t> inputs) const;

    /// How many ops have no vectorised form and run by the reference evaluation.
    std::size_t reference_ops() const;

  private:
    network::Network network_;
    Options options_;
    std::unique_ptr<const Program> program_;
    std::unique_ptr<const Transfer> transfer_;
};

/// Converts values to raw mantissas of the network's inputs, event-major; errors as Emulator::predict.
/// @param first_event the number of the first event, for messages
void to_raw(const network::Network& network, std::span<const double> values, std::span<std::int64_t> raw,
            std::size_t first_event = 0);
/// Raw outputs to exact values (to 53 bits).
void to_values(const network::Network& network, std::span<const std::int64_t> raw, std::span<double> values);

} // namespace gw::emulate
