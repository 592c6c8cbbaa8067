#include "formal/netlist_json.hpp"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "support/error.hpp"

namespace gw::formal {
namespace {

using Json = nlohmann::json;

/// Parameters are strings of binary digits.
std::uint64_t number(const Json& parameters, const char* key) {
    const auto found = parameters.find(key);
    if (found == parameters.end())
        return 0;
    if (found->is_number())
        return found->get<std::uint64_t>();
    std::uint64_t value = 0;
    for (const char digit : found->get<std::string>())
        value = value * 2 + (digit == '1' ? 1 : 0);
    return value;
}

const std::map<std::string, CellKind> kinds{
    {"$add", CellKind::add},
    {"$sub", CellKind::sub},
    {"$mul", CellKind::mul},
    {"$mux", CellKind::mux},
    {"$not", CellKind::bit_not},
    {"$and", CellKind::bit_and},
    {"$or", CellKind::bit_or},
    {"$xor", CellKind::bit_xor},
    {"$reduce_and", CellKind::reduce_and},
    {"$reduce_or", CellKind::reduce_or},
    {"$reduce_bool", CellKind::reduce_or},
    {"$logic_not", CellKind::logic_not},
    {"$lt", CellKind::less},
    {"$le", CellKind::less_equal},
    {"$gt", CellKind::less},      // with its operands exchanged
    {"$ge", CellKind::less_equal} // the same
};

class Parser {
  public:
    explicit Parser(const Json& module) : module_(module) {
        const auto highest = [&](const Json& bits) {
            for (const Json& bit : bits)
                if (bit.is_number())
                    result_.bits = std::max(result_.bits, bit.get<Bit>() + 1);
        };
        for (const auto& [name, net] : module.at("netnames").items())
            highest(net.at("bits"));
        for (const auto& [name, cell] : module.at("cells").items())
            for (const auto& [port, bits] : cell.at("connections").items())
                highest(bits);
    }

    RawNetlist run() {
        const auto port = [&](const char* name) { return bits_of(module_.at("ports").at(name).at("bits")); };
        result_.clk = port("clk");
        result_.x = port("x");
        result_.y = port("y");
        for (const auto& [name, cell] : module_.at("cells").items())
            add(name, cell);
        for (const auto& [name, net] : module_.at("netnames").items())
            result_.words.push_back({name, bits_of(net.at("bits")), net.value("signed", 0) == 1});
        return std::move(result_);
    }

  private:
    Bits bits_of(const Json& json) {
        Bits bits;
        for (const Json& bit : json)
            bits.push_back(bit.is_number() ? bit.get<Bit>()
                           : bit == "0"    ? zero_bit
                           : bit == "1"    ? one_bit
                                           : result_.bits++); // x: anything
        return bits;
    }

    void add(const std::string& name, const Json& cell) {
        const std::string type = cell.at("type");
        const Json& parameters = cell.at("parameters");
        const auto port = [&](const char* key) {
            return cell.at("connections").contains(key) ? bits_of(cell.at("connections").at(key)) : Bits{};
        };
        if (type == "$dff") {
            if (port("CLK") != result_.clk || number(parameters, "CLK_POLARITY") != 1)
                result_.problems.push_back("register " + name + " is not clocked by the rising edge of clk");
            result_.registers.push_back({name, port("D"), port("Q")});
        } else if (type == "$mem_v2") {
            add_memory(name, parameters, port);
        } else if (const auto kind = kinds.find(type); kind != kinds.end()) {
            Cell made{kind->second, name, port("A"), port("B"), port("S"), port("Y"), false, nullptr};
            made.is_signed = number(parameters, "A_SIGNED") != 0;
            if (!made.b.empty() && kind->second != CellKind::mux &&
                made.is_signed != (number(parameters, "B_SIGNED") != 0))
                throw support::unsupported("an operator on a signed and an unsigned operand", name);
            if (type == "$gt" || type == "$ge")
                std::swap(made.a, made.b);
            result_.cells.push_back(std::move(made));
        } else {
            throw support::unsupported("a cell of type " + type + ", which no core of Gatewright has", name,
                                       "compare by simulation: gatewright verify without --formal");
        }
    }

    template <typename Port> void add_memory(const std::string& name, const Json& parameters, const Port& port) {
        const std::size_t width = number(parameters, "WIDTH"), size = number(parameters, "SIZE"),
                          address = number(parameters, "ABITS"), ports = number(parameters, "RD_PORTS");
        const std::string init = parameters.at("INIT");
        if (number(parameters, "WR_PORTS") != 0 || number(parameters, "RD_CLK_ENABLE") != 0 ||
            number(parameters, "RD_WIDE_CONTINUATION") != 0 || number(parameters, "OFFSET") != 0 ||
            init.size() != width * size)
            throw support::unsupported("a memory that is more than a table", name);
        auto contents = std::make_shared<std::vector<Bits>>(size);
        for (std::size_t i = 0; i < init.size(); ++i) { // the highest bit of the last entry comes first
            const char digit = init[init.size() - 1 - i];
            (*contents)[i / width].push_back(digit == '0' ? zero_bit : digit == '1' ? one_bit : result_.bits++);
        }
        const Bits addresses = port("RD_ADDR"), data = port("RD_DATA");
        const auto part = [](const Bits& bits, std::size_t i, std::size_t of) {
            return Bits(bits.begin() + static_cast<std::ptrdiff_t>(i * of),
                        bits.begin() + static_cast<std::ptrdiff_t>((i + 1) * of));
        };
        for (std::size_t i = 0; i < ports; ++i)
            result_.cells.push_back(
                {CellKind::rom, name, part(addresses, i, address), {}, {}, part(data, i, width), false, contents});
    }

    const Json& module_;
    RawNetlist result_;
};

} // namespace

RawNetlist parse_netlist(const std::string& text, const std::string& module) {
    const Json design = Json::parse(text);
    return Parser(design.at("modules").at(module)).run();
}

} // namespace gw::formal
