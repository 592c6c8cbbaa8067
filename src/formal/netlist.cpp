// y is to be a function of the x of `latency` clock cycles before. That is so where the netlist has no loop and every
// path from x to y passes `latency` registers: counted here, net by net. The registers then delay and nothing else, and
// the function is that of the netlist with each register's output connected to its input.
#include "formal/netlist.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "formal/netlist_json.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/process.hpp"
#include "verify/scratch.hpp"

namespace gw::formal {
namespace {

constexpr std::size_t most_problems = 10;

/// No pass that optimises sums: the cells stay those that were written.
std::string script_for(const std::string& module, const std::vector<std::string>& sources) {
    return fmt::format("read_verilog {}\nhierarchy -check -top {}\nproc\nflatten\nopt_expr\nopt_clean\n"
                       "memory_collect\nopt_clean\nwrite_json netlist.json\n",
                       fmt::join(sources, " "), module);
}

/// Walks from y towards x and puts cells in order.
class Walk {
  public:
    explicit Walk(const RawNetlist& raw)
        : raw_(raw), cell_of_(raw.bits, Netlist::none), state_(raw.bits, State::fresh), registers_(raw.bits) {
        for (const Bit bit : raw.x) {
            state_[bit] = State::done;
            registers_[bit] = 0;
        }
        for (std::uint32_t i = 0; i < raw.cells.size(); ++i)
            for (const Bit bit : raw.cells[i].y) {
                must_be_free(bit);
                cell_of_[bit] = i;
            }
        for (const Register& flop : raw.registers)
            for (std::size_t k = 0; k < flop.q.size(); ++k) {
                must_be_free(flop.q[k]);
                data_of_[flop.q[k]] = flop.d[k];
            }
    }

    /// Number of registers between x and the bit; none where no path leads there from x.
    std::optional<std::uint32_t> registers_before(Bit bit) {
        if (bit < first_net || state_[bit] == State::done)
            return bit < first_net ? std::nullopt : registers_[bit];
        if (state_[bit] == State::open) {
            note("a loop through net " + std::to_string(bit));
            return std::nullopt;
        }
        state_[bit] = State::open;
        if (const auto data = data_of_.find(bit); data != data_of_.end()) {
            const auto before = registers_before(data->second);
            registers_[bit] = before ? std::optional(*before + 1) : std::nullopt;
            ++passed_;
        } else if (cell_of_[bit] != Netlist::none) {
            visit(cell_of_[bit]);
        }
        state_[bit] = State::done;
        return registers_[bit];
    }

    Bit source(Bit bit) const {
        for (auto found = data_of_.find(bit); found != data_of_.end(); found = data_of_.find(bit))
            bit = found->second;
        return bit;
    }
    const std::vector<std::uint32_t>& order() const { return order_; }
    const std::vector<std::string>& problems() const { return problems_; }
    std::uint64_t passed() const { return passed_; } ///< register bits on the way

    void note(std::string problem) {
        if (problems_.size() < most_problems)
            problems_.push_back(std::move(problem));
    }

  private:
    enum class State : std::uint8_t { fresh, open, done };

    void must_be_free(Bit bit) {
        if (bit < first_net || state_[bit] == State::done || cell_of_[bit] != Netlist::none || data_of_.contains(bit))
            note(fmt::format("net {} is driven twice", bit));
    }

    void visit(std::uint32_t index) {
        const Cell& cell = raw_.cells[index];
        for (const Bit bit : cell.y)
            state_[bit] = State::open;
        std::optional<std::uint32_t> common;
        for (const Bits* port : {&cell.a, &cell.b, &cell.s})
            for (const Bit bit : *port) {
                const auto own = registers_before(bit);
                if (own && common && *own != *common)
                    note(
                        fmt::format("{} takes values {} and {} registers behind the inputs", cell.name, *common, *own));
                common = own ? own : common;
            }
        for (const Bit bit : cell.y) {
            state_[bit] = State::done;
            registers_[bit] = common;
        }
        order_.push_back(index);
    }

    const RawNetlist& raw_;
    std::vector<std::uint32_t> cell_of_;
    std::map<Bit, Bit> data_of_; ///< of a register's output, its input
    std::vector<State> state_;
    std::vector<std::optional<std::uint32_t>> registers_;
    std::vector<std::uint32_t> order_;
    std::vector<std::string> problems_;
    std::uint64_t passed_ = 0;
};

void check_outputs(Walk& walk, const RawNetlist& raw, std::uint32_t latency) {
    for (std::size_t i = 0; i < raw.y.size(); ++i) {
        const auto registers = walk.registers_before(raw.y[i]);
        if (registers && *registers != latency)
            walk.note(
                fmt::format("y[{}] stands {} registers behind the inputs, {} are stated", i, *registers, latency));
    }
}

/// Without the registers. Words whose bits nothing in the way from x to y drives are left out.
Netlist transparent(const RawNetlist& raw, const Walk& walk) {
    Netlist netlist;
    const auto sources = [&](Bits bits) {
        for (Bit& bit : bits)
            bit = walk.source(bit);
        return bits;
    };
    netlist.x = raw.x;
    netlist.y = sources(raw.y);
    netlist.driver.assign(raw.bits, Netlist::none);
    netlist.register_bits = walk.passed();
    for (const std::uint32_t index : walk.order()) {
        Cell cell = raw.cells[index];
        cell.a = sources(cell.a);
        cell.b = sources(cell.b);
        cell.s = sources(cell.s);
        for (const Bit bit : cell.y)
            netlist.driver[bit] = static_cast<std::uint32_t>(netlist.cells.size());
        netlist.cells.push_back(std::move(cell));
    }
    std::map<std::pair<Bits, bool>, bool> known;
    std::vector<bool> from_x(raw.bits, false);
    for (const Bit bit : raw.x)
        from_x[bit] = true;
    for (const Word& word : raw.words) {
        const Bits bits = sources(word.bits);
        const bool reached = std::all_of(bits.begin(), bits.end(), [&](Bit bit) {
            return bit < first_net || from_x[bit] || netlist.driver[bit] != Netlist::none;
        });
        if (reached && known.try_emplace({bits, word.is_signed}, true).second)
            netlist.words.push_back({word.name, bits, word.is_signed});
    }
    return netlist;
}

std::string read_by_yosys(const rtl::Core& core, const rtl::Files& files, std::chrono::seconds time_limit) {
    const verify::Scratch scratch;
    std::vector<std::string> sources;
    for (const auto& [name, text] : files)
        if (name.ends_with(".v") && !name.ends_with("_tb.v")) {
            support::write_file(scratch.path() / name, text);
            sources.push_back(name);
        }
    support::write_file(scratch.path() / "read.ys", script_for(core.module, sources));
    support::ProcessOptions process;
    process.directory = scratch.path();
    process.time_limit = time_limit;
    process.check = false;
    const auto run = support::run_process({"yosys", "-q", "-s", "read.ys"}, process);
    std::error_code ignored;
    if (run.exit_code != 0 || !std::filesystem::exists(scratch.path() / "netlist.json", ignored))
        throw support::user_error("Yosys does not read this Verilog: " + run.output.substr(0, run.output.find('\n')),
                                  core.module, "build the bundle again");
    return support::read_file(scratch.path() / "netlist.json");
}

} // namespace

Reading read_netlist(const rtl::Core& core, const rtl::Files& files, std::chrono::seconds time_limit) {
    const RawNetlist raw = parse_netlist(read_by_yosys(core, files, time_limit), core.module);
    if (raw.x.size() != core.input_bits || raw.y.size() != core.output_bits)
        throw support::user_error(fmt::format("has {} input and {} output bits in Verilog, {} and {} in the manifest",
                                              raw.x.size(), raw.y.size(), core.input_bits, core.output_bits),
                                  core.module, "build the bundle again");
    Walk walk(raw);
    check_outputs(walk, raw, core.latency);
    Reading reading;
    reading.timing_problems = walk.problems();
    reading.timing_problems.insert(reading.timing_problems.end(), raw.problems.begin(), raw.problems.end());
    if (reading.timing_problems.empty()) // a loop has no function
        reading.netlist = transparent(raw, walk);
    return reading;
}

} // namespace gw::formal
