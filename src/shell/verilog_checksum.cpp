// CRC-32C of whole beats, one a clock. The sum is linear over GF(2) in state and data, so each bit of the next state is
// the parity of some bits of both; which ones is found by summing blocks with a single bit set. Parities of 32-bit
// words come first, then those of the 16 words, then the state: three ranks, none deeper than some 20 inputs a bit.
#include <array>

#include <fmt/format.h>

#include "shell/template.hpp"
#include "shell/verilog.hpp"
#include "support/crc32c.hpp"

namespace gw::shell {

namespace {

constexpr const char* text =
    R"v(// CRC-32C (RFC 3720, B.4) of the beats that pass; a byte without its strobe counts as 0. `restart` begins a new sum.
module @K@_checksum (
    input  wire         clk,
    input  wire         restart,
    input  wire [511:0] beat,
    input  wire [63:0]  strobe,
    input  wire         valid,
    output wire [31:0]  sum
);
    wire [511:0] b;
    genvar i;
    generate
        for (i = 0; i < 64; i = i + 1) begin : bytes
            assign b[8 * i +: 8] = beat[8 * i +: 8] & {8{strobe[i]}};
        end
    endgenerate

    reg [511:0] part;                // of bit j of the sum: [16 * j +: 16], a parity for each word of the beat
    reg [31:0]  change, state;
    reg         part_valid, change_valid;
    assign sum = ~state;

    always @(posedge clk) begin
        part_valid   <= valid && !restart;
        change_valid <= part_valid && !restart;
        if (valid) begin
@PARTS@        end
        if (part_valid) begin
@CHANGES@        end
        if (restart) state <= 32'hffffffff;
        else if (change_valid) begin
@STATES@        end
    end
endmodule
)v";

constexpr std::size_t beat_words = 16, beat_bytes = 64;

/// What `block` makes of `state`, without the inversions at both ends.
std::uint32_t next_state(std::uint32_t state, const std::array<std::byte, beat_bytes>& block) {
    return ~support::crc32c_by_table(block, ~state);
}

} // namespace

std::string checksum_verilog(const std::string& kernel) {
    // masks[j][w]: bits of word w that bit j depends on; the last word is the state.
    std::array<std::array<std::uint32_t, beat_words + 1>, 32> masks{};
    const auto note = [&](std::uint32_t effect, std::size_t word, std::size_t bit) {
        for (std::size_t j = 0; j < 32; ++j)
            masks[j][word] |= (effect >> j & 1U) << bit;
    };
    for (std::size_t bit = 0; bit < 8 * beat_bytes; ++bit) {
        std::array<std::byte, beat_bytes> block{};
        block[bit / 8] = static_cast<std::byte>(1U << bit % 8);
        note(next_state(0, block), bit / 32, bit % 32);
    }
    for (std::size_t bit = 0; bit < 32; ++bit)
        note(next_state(std::uint32_t{1} << bit, {}), beat_words, bit);
    std::string parts, changes, states;
    for (std::size_t j = 0; j < 32; ++j) {
        for (std::size_t w = 0; w < beat_words; ++w)
            parts += fmt::format("            part[{}] <= ^(b[{}:{}] & 32'h{:08x});\n", 16 * j + w, 32 * w + 31, 32 * w,
                                 masks[j][w]);
        changes += fmt::format("            change[{}] <= ^part[{}:{}];\n", j, 16 * j + 15, 16 * j);
        states +=
            fmt::format("            state[{}] <= change[{}] ^ (^(state & 32'h{:08x}));\n", j, j, masks[j][beat_words]);
    }
    return fill(text, {{"K", kernel}, {"PARTS", parts}, {"CHANGES", changes}, {"STATES", states}});
}

} // namespace gw::shell
