// A tensor whose elements differ in type travels in an array of one type that holds them all; then the op writes its
// exact result and one line per element converts it.
#include "hls/layers.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <set>

#include "hls/ap_type.hpp"
#include "support/error.hpp"

namespace gw::hls {
namespace {

using network::Constant;
using network::Network;
using network::Op;
using network::Tensor;
using network::TensorId;

std::size_t count_nonzero(const Constant& constant) {
    return static_cast<std::size_t>(
        std::count_if(constant.raw.begin(), constant.raw.end(), [](auto raw) { return raw != 0; }));
}

/// Every partial sum of any order lies within: each term alone may or may not have been added yet.
fixed::Interval partial_sums(const network::Dense& op, const std::vector<fixed::Interval>& x, std::size_t outputs) {
    fixed::Interval all{};
    for (std::size_t j = 0; j < outputs; ++j) {
        fixed::Interval sums{};
        const auto add = [&](const fixed::Interval& term) { sums = sums + fixed::united(term, fixed::Interval{}); };
        if (op.bias)
            add(fixed::Interval::point(op.bias->raw[j], op.bias->type.fraction));
        for (std::size_t i = 0; i < x.size(); ++i)
            if (const auto weight = op.weights.raw[i * outputs + j]; weight != 0)
                add(scaled(x[i], weight, op.weights.type.fraction));
        all = fixed::united(all, sums);
    }
    return all;
}

/// Writes one op.
class OpWriter {
  public:
    OpWriter(const Network& network, const network::Ranges& ranges, const std::string& name, Layers& out)
        : network_(network), ranges_(ranges), name_(name), out_(out) {
        taken_.insert(name);
    }

    void write(const Op& op, const std::string& x, const std::string& y) {
        function_ = unique(identifier(op.name));
        const TensorId in = network::input_of(op), result = network::output_of(op);
        const Tensor &from = network_.tensor(in), &to = network_.tensor(result);
        const std::string x_type = tensor_type(network_, in, name_), y_type = tensor_type(network_, result, name_);
        const bool mixed = to.types.size() > 1;
        const auto& exact = ranges_.before_cast[static_cast<std::size_t>(result)];
        std::string target = "y", body;
        if (mixed) {
            fixed::Interval all = exact.front();
            for (const auto& range : exact)
                all = fixed::united(all, range);
            body += fmt::format("    {} exact[{}];\n#pragma HLS ARRAY_PARTITION variable=exact complete\n",
                                ap_type(all), to.size());
            target = "exact";
        }
        x_range_ = &ranges_.values[static_cast<std::size_t>(in)];
        body += "    " + std::visit([&](const auto& each) { return call(each, from, to, target); }, op.body) + "\n";
        for (std::size_t i = 0; mixed && i < to.size(); ++i)
            body += to.types[i].width == 0 ? fmt::format("    y[{}] = 0;\n", i)
                                           : fmt::format("    y[{}] = {}(exact[{}]);\n", i, ap_type(to.types[i]), i);
        out_.functions +=
            fmt::format("// {}\nstatic void {}(const {} x[{}], {} y[{}]) {{\n#pragma HLS INLINE\n{}}}\n\n", comment_,
                        function_, x_type, from.size(), y_type, to.size(), body);
        out_.calls += fmt::format("    {}({}, {});\n", function_, x, y);
    }

  private:
    std::string unique(const std::string& wanted) {
        std::string result = wanted;
        for (std::size_t i = 2; !taken_.insert(result).second; ++i)
            result = fmt::format("{}_{}", wanted, i);
        return result;
    }

    /// An array of constants in weights.h; returns its name.
    std::string array(const std::string& what, const Constant& constant, const std::string& extents,
                      std::size_t per_line) {
        const std::string symbol = function_ + "_" + what;
        out_.constants += fmt::format("static const {} {}{} = {{", ap_type(constant.type), symbol, extents);
        for (std::size_t i = 0; i < constant.raw.size(); ++i) {
            out_.constants += i == 0 ? "\n    " : (i % per_line == 0 ? ",\n    " : ", ");
            out_.constants += literal(constant.raw[i], constant.type.fraction);
        }
        out_.constants += "};\n\n";
        return symbol;
    }
    std::string vector(const std::string& what, const Constant& constant) {
        return array(what, constant, fmt::format("[{}]", constant.raw.size()), 16);
    }
    std::string vector_or(const std::string& what, const std::optional<Constant>& constant, std::int64_t value,
                          std::size_t size) {
        if (constant)
            return vector(what, *constant);
        const auto extent = static_cast<std::uint32_t>(size);
        return vector(what, {{extent}, {1, 0, false, {}, {}}, std::vector<std::int64_t>(size, value)});
    }

    std::string call(const network::Dense& op, const Tensor& from, const Tensor& to, const std::string& target) {
        comment_ = fmt::format("{} inputs, {} outputs, {} weights that are not zero", from.size(), to.size(),
                               count_nonzero(op.weights));
        const std::string w = array("weights", op.weights, fmt::format("[{}][{}]", from.size(), to.size()), to.size());
        const std::string b = vector_or("bias", op.bias, 0, to.size());
        const std::string extents = fmt::format("{}, {}", from.size(), to.size());
        if (op.accumulator.type)
            return fmt::format("gw::dense_accumulate<{}, {}, {}>(x, {}, {}, {});", ap_type(*op.accumulator.type),
                               op.accumulator.products == network::Accumulator::Products::converted, extents, w, b,
                               target);
        return fmt::format("gw::dense<{}, {}>(x, {}, {}, {});", ap_type(partial_sums(op, *x_range_, to.size())),
                           extents, w, b, target);
    }
    std::string call(const network::Affine& op, const Tensor&, const Tensor& to, const std::string& target) {
        comment_ = "times scale, plus bias";
        const std::string s = vector_or("scale", op.scale, 1, 1), b = vector_or("bias", op.bias, 0, 1);
        const auto size = [](const std::optional<Constant>& constant) { return constant ? constant->raw.size() : 1; };
        return fmt::format("gw::affine<{}, {}, {}>(x, {}, {}, {});", to.size(), size(op.scale), size(op.bias), s, b,
                           target);
    }
    std::string call(const network::Relu& op, const Tensor&, const Tensor& to, const std::string& target) {
        comment_ = "rectified";
        if (!op.ceiling)
            return fmt::format("gw::relu<{}>(x, {});", to.size(), target);
        comment_ += ", with a ceiling";
        const std::string symbol = vector("ceiling", *op.ceiling);
        return fmt::format("gw::relu_below<{}>(x, {}[0], {});", to.size(), symbol, target);
    }
    std::string call(const network::Requantise&, const Tensor&, const Tensor& to, const std::string& target) {
        comment_ = "converted";
        return fmt::format("gw::requantise<{}>(x, {});", to.size(), target);
    }

    template <typename Other> std::string call(const Other&, const Tensor&, const Tensor&, const std::string&) {
        throw support::unsupported("no HLS template is there for this kind of op yet", function_,
                                   "use the emulator for this network");
    }

    const Network& network_;
    const network::Ranges& ranges_;
    const std::string& name_;
    Layers& out_;
    std::string function_, comment_;
    /// Names that a function may not take: C++'s own, those of the arguments, and later those already given.
    std::set<std::string> taken_{"x",       "y",      "exact", "gw",    "main",   "auto",   "bool",   "break",
                                 "case",    "char",   "class", "const", "double", "do",     "else",   "enum",
                                 "export",  "float",  "for",   "goto",  "if",     "inline", "int",    "long",
                                 "new",     "or",     "and",   "not",   "xor",    "short",  "signed", "static",
                                 "struct",  "switch", "this",  "union", "using",  "void",   "while",  "return",
                                 "default", "delete", "try",   "catch", "throw",  "true",   "false",  "volatile"};
    const std::vector<fixed::Interval>* x_range_ = nullptr;
};

} // namespace

std::string identifier(const std::string& text) {
    std::string result;
    for (const char c : text)
        result.push_back(std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_');
    return std::isdigit(static_cast<unsigned char>(result.front())) != 0 ? "l" + result : result;
}

std::string tensor_type(const Network& network, TensorId id, const std::string& name) {
    if (id == network.inputs.front())
        return name + "_input_t";
    if (id == network.outputs.front())
        return name + "_output_t";
    return fmt::format("{}_t{}", name, static_cast<std::size_t>(id));
}

Layers layers(const Network& network, const network::Ranges& ranges, const std::string& name) {
    Layers out;
    for (std::size_t i = 0; i < network.tensors.size(); ++i) {
        const Tensor& tensor = network.tensors[i];
        const std::string type = tensor.types.size() == 1 ? ap_type(tensor.types.front()) : ap_type(container(tensor));
        out.types += fmt::format("typedef {} {}; // {}[{}]{}\n", type,
                                 tensor_type(network, static_cast<TensorId>(i), name), tensor.name, tensor.size(),
                                 tensor.types.size() == 1 ? "" : ", holding elements of several types");
    }
    const auto variable = [&](TensorId id) -> std::string {
        if (id == network.inputs.front())
            return "x";
        return id == network.outputs.front() ? "y" : fmt::format("t{}", static_cast<std::size_t>(id));
    };
    OpWriter writer(network, ranges, name, out);
    for (const Op& op : network.ops) {
        const TensorId result = network::output_of(op);
        if (result != network.outputs.front())
            out.calls += fmt::format("    {} {}[{}];\n#pragma HLS ARRAY_PARTITION variable={} complete\n",
                                     tensor_type(network, result, name), variable(result),
                                     network.tensor(result).size(), variable(result));
        writer.write(op, variable(network::input_of(op)), variable(result));
    }
    return out;
}

} // namespace gw::hls
