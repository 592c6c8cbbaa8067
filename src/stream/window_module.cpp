// A window keeps the last rows in memories as long as a row, and the last columns of each in registers. Rows and
// columns are counted over the padded image; waits count down to the next output position.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rtl/word.hpp"
#include "stream/actors.hpp"

namespace gw::stream {

namespace {

class WindowBody {
  public:
    WindowBody(const Design& design, const Window& window)
        : in_(design.channel(window.input)), window_(window), shape_(window.window), height_(rows(window)),
          width_(columns(window)), line_(width_ * shape_.dilation[0]), row_bits_(counter_bits(height_)),
          column_bits_(counter_bits(width_)), line_bits_(counter_bits(line_)) {}

    std::string text() {
        counters();
        flow();
        lines();
        taps();
        phase("row", "ROW", 0, window_.out_height, row_bits_);
        phase("column", "COLUMN", 1, window_.out_width, column_bits_);
        return body_ + steps();
    }

  private:
    void counters() {
        body_ += fmt::format("    reg {} row;\n    reg {} column;\n    reg {} place; // in the line memories\n"
                             "    reg full; // a window is there to be taken\n",
                             range_of(row_bits_), range_of(column_bits_), range_of(line_bits_));
    }

    static std::string range_of(int bits) { return range(static_cast<std::uint32_t>(bits)); }

    static void bounds(std::vector<std::string>& tests, const char* name, int bits, std::uint64_t first,
                       std::uint64_t extent, std::uint64_t all) {
        if (first > 0)
            tests.push_back(fmt::format("({} >= {}'d{})", name, bits, first));
        if (first + extent < all)
            tests.push_back(fmt::format("({} < {}'d{})", name, bits, first + extent));
    }

    /// A step is made when its beat is there, or is padding, and the window before was taken.
    void flow() {
        std::vector<std::string> inner;
        bounds(inner, "row", row_bits_, shape_.pad_before[0], window_.height, height_);
        bounds(inner, "column", column_bits_, shape_.pad_before[1], window_.width, width_);
        body_ += fmt::format("    wire inner = {}; // of the image, not its padding\n",
                             inner.empty() ? "1'b1" : fmt::format("{}", fmt::join(inner, " & ")));
        body_ += "    wire free = ~full | o0_ready;\n    wire step = free & (i0_valid | ~inner);\n"
                 "    assign i0_ready = free & inner;\n    assign o0_valid = full;\n";
        body_ += fmt::format("    wire {} line_0 = inner ? i0 : {{{}}};\n", range(in_.bits()), padding());
    }

    /// The beat that stands for padding; its first channel at bit 0.
    std::string padding() const {
        std::vector<std::string> values;
        for (std::size_t c = in_.types.size(); c-- > 0;) {
            const int width = in_.types[c].width;
            if (width > 0)
                values.push_back(rtl::literal(window_.padding[c], width));
        }
        return fmt::format("{}", fmt::join(values, ", "));
    }

    void lines() {
        for (std::uint32_t k = 1; k < shape_.size[0]; ++k) {
            body_ += fmt::format("    reg {0} memory_{1} [0:{2}];\n    wire {0} line_{1} = memory_{1}[place];\n",
                                 range(in_.bits()), k, line_ - 1);
            loads_ += fmt::format("            memory_{}[place] <= line_{};\n", k, k - 1);
        }
    }

    void taps() {
        const std::uint32_t deep = (shape_.size[1] - 1) * shape_.dilation[1] + 1;
        for (std::uint32_t line = 0; line < shape_.size[0]; ++line) {
            const std::uint32_t row = shape_.size[0] - 1 - line; // of the window: line_0 is its last
            for (std::uint32_t d = 0; d < deep; ++d) {
                body_ += fmt::format("    reg {} seen_{}_{};\n", range(in_.bits()), row, d);
                loads_ += d == 0 ? fmt::format("            seen_{}_0 <= line_{};\n", row, line)
                                 : fmt::format("            seen_{0}_{1} <= seen_{0}_{2};\n", row, d, d - 1);
            }
        }
        std::vector<std::string> taps;
        for (std::uint32_t row = 0; row < shape_.size[0]; ++row)
            for (std::uint32_t column = 0; column < shape_.size[1]; ++column)
                taps.push_back(fmt::format("seen_{}_{}", row, (shape_.size[1] - 1 - column) * shape_.dilation[1]));
        std::reverse(taps.begin(), taps.end()); // the first at bit 0
        body_ += fmt::format("    assign o0 = {{{}}};\n", fmt::join(taps, ", "));
    }

    void phase(const char* name, const char* constant, std::size_t axis, std::uint32_t positions, int bits) {
        const std::uint64_t first = std::uint64_t{shape_.size[axis] - 1} * shape_.dilation[axis];
        const std::uint64_t last = first + std::uint64_t{positions - 1} * shape_.strides[axis];
        const int wait_bits = counter_bits(std::max<std::uint64_t>(first, shape_.strides[axis]));
        body_ += fmt::format("    // steps until the window is at the next output {0}; none is beyond {0} {4}\n"
                             "    reg [{1}:0] {0}_wait;\n    localparam [{1}:0] {2}_FIRST = {3};\n"
                             "    localparam [{1}:0] {2}_STRIDE = {5};\n"
                             "    wire {0}_hit = ({0}_wait == 0) & ({0} <= {6}'d{4});\n",
                             name, wait_bits - 1, constant, first, last, shape_.strides[axis] - 1, bits);
    }

    std::string steps() const {
        return fmt::format(
            "    wire last_column = column == {0}'d{1};\n    wire last_row = row == {2}'d{3};\n"
            "    always @(posedge clk) begin\n        if (step) begin\n{4}        end\n        if (rst) begin\n"
            "            row <= 0;\n            column <= 0;\n            place <= 0;\n            full <= 0;\n"
            "            row_wait <= ROW_FIRST;\n            column_wait <= COLUMN_FIRST;\n"
            "        end else if (step) begin\n            full <= row_hit & column_hit;\n"
            "            place <= place == {5}'d{6} ? {5}'d0 : place + 1'b1;\n"
            "            column <= last_column ? {0}'d0 : column + 1'b1;\n"
            "            column_wait <= last_column ? COLUMN_FIRST : column_wait == 0 ? COLUMN_STRIDE : column_wait - "
            "1'b1;\n"
            "            if (last_column) begin\n                row <= last_row ? {2}'d0 : row + 1'b1;\n"
            "                row_wait <= last_row ? ROW_FIRST : row_wait == 0 ? ROW_STRIDE : row_wait - 1'b1;\n"
            "            end\n        end else if (o0_ready) full <= 0;\n    end\n",
            column_bits_, width_ - 1, row_bits_, height_ - 1, loads_, line_bits_, line_ - 1);
    }

    const Channel& in_;
    const Window& window_;
    const network::Window& shape_;
    std::uint64_t height_, width_, line_;
    int row_bits_, column_bits_, line_bits_;
    std::string body_, loads_;
};

} // namespace

std::string window_body(const Design& design, const Window& window) {
    return WindowBody(design, window).text();
}

} // namespace gw::stream
