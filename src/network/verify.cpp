#include "network/verify.hpp"

#include <set>

#include "support/error.hpp"

namespace gw::network {
namespace {

constexpr std::size_t most_elements = 1U << 24;

/// Collects the problems of one network.
class Checker {
  public:
    explicit Checker(const Network& network) : network_(network), written_(network.tensors.size(), false) {}

    std::vector<std::string> run() {
        tensors();
        for (const TensorId id : network_.inputs)
            write(id, "network input");
        if (network_.inputs.empty())
            add("network", "has no inputs");
        std::set<std::string> names;
        for (const Op& op : network_.ops) {
            if (op.name.empty() || !names.insert(op.name).second)
                add("op '" + op.name + "'", "names must be unique and not empty");
            op_checks(op);
        }
        if (network_.outputs.empty())
            add("network", "has no outputs");
        for (const TensorId id : network_.outputs)
            if (!known(id) || !written_[static_cast<std::size_t>(id)])
                add("network", "an output tensor is never computed");
        return problems_;
    }

  private:
    void add(const std::string& where, const std::string& what) { problems_.push_back(where + ": " + what); }
    bool known(TensorId id) const { return static_cast<std::size_t>(id) < network_.tensors.size(); }

    void type(const FixedType& type, const std::string& where) {
        if (type.width < 0 || type.width > (type.is_signed ? 64 : 63))
            add(where, "type " + fixed::to_string(type) + " is outside 0 to 64 bits signed, 63 unsigned");
        if (type.fraction < -1024 || type.fraction > 1024)
            add(where, "fraction bits of " + fixed::to_string(type) + " are outside -1024 to 1024");
    }

    void tensors() {
        std::set<std::string> names;
        for (const Tensor& tensor : network_.tensors) {
            const std::string where = "tensor '" + tensor.name + "'";
            if (tensor.name.empty() || !names.insert(tensor.name).second)
                add(where, "names must be unique and not empty");
            std::size_t size = 1;
            for (const std::uint32_t extent : tensor.shape)
                size = size > most_elements ? size : size * extent;
            if (size == 0 || size > most_elements)
                add(where, "has " + std::string(size == 0 ? "no" : "too many") + " elements");
            else if (tensor.types.size() != 1 && tensor.types.size() != size)
                add(where, std::to_string(tensor.types.size()) + " types for " + std::to_string(size) +
                               " elements (one, or one each)");
            for (const FixedType& each : tensor.types)
                type(each, where);
        }
    }

    void write(TensorId id, const std::string& writer) {
        if (!known(id))
            return add(writer, "names a tensor that does not exist");
        if (written_[static_cast<std::size_t>(id)])
            add(writer, "tensor '" + network_.tensor(id).name + "' is written twice");
        written_[static_cast<std::size_t>(id)] = true;
    }

    void constant(const Constant& constant, const Shape& shape, const std::string& where) {
        if (constant.shape != shape)
            add(where, "has the wrong shape");
        if (constant.raw.size() != elements(shape))
            add(where, std::to_string(constant.raw.size()) + " values, expected " + std::to_string(elements(shape)));
        type(constant.type, where);
        for (const std::int64_t raw : constant.raw)
            if (raw < constant.type.lowest() || raw > constant.type.highest())
                return add(where, "value " + std::to_string(raw) + " does not fit " + fixed::to_string(constant.type));
    }

    void per_element(const std::optional<Constant>& value, std::size_t size, const std::string& where) {
        if (value)
            constant(*value, {value->raw.size() == 1 ? 1U : static_cast<std::uint32_t>(size)}, where);
    }

    void op_checks(const Op& op) {
        const std::string where = "op '" + op.name + "'";
        const TensorId in = inputs_of(op).front(), out = output_of(op);
        const bool sound = known(in) && known(out);
        if (!known(in) || !written_[static_cast<std::size_t>(in)])
            add(where, "reads a tensor that is not yet computed");
        write(out, where);
        if (sound)
            std::visit([&](const auto& body) { body_checks(body, network_.tensor(in), network_.tensor(out), where); },
                       op.body);
    }

    void body_checks(const Dense& op, const Tensor& in, const Tensor& out, const std::string& where) {
        if (in.shape.size() != 1 || out.shape.size() != 1)
            return add(where, "dense takes and gives tensors of rank 1");
        constant(op.weights, {in.shape[0], out.shape[0]}, where + " weights");
        if (op.bias)
            constant(*op.bias, out.shape, where + " bias");
        if (op.accumulator.type)
            type(*op.accumulator.type, where + " accumulator");
    }
    void body_checks(const Affine& op, const Tensor& in, const Tensor& out, const std::string& where) {
        same_shape(in, out, where);
        per_element(op.scale, in.size(), where + " scale");
        per_element(op.bias, in.size(), where + " bias");
    }
    void body_checks(const Relu& op, const Tensor& in, const Tensor& out, const std::string& where) {
        same_shape(in, out, where);
        per_element(op.ceiling, 1, where + " ceiling");
        if (op.ceiling && !op.ceiling->raw.empty() && op.ceiling->raw.front() < 0)
            add(where, "a negative ceiling");
    }
    void body_checks(const Requantise&, const Tensor& in, const Tensor& out, const std::string& where) {
        same_shape(in, out, where);
    }

    template <typename Other> void body_checks(const Other&, const Tensor&, const Tensor&, const std::string&) {}

    void same_shape(const Tensor& in, const Tensor& out, const std::string& where) {
        if (in.shape != out.shape)
            add(where, "input and output differ in shape");
    }

    const Network& network_;
    std::vector<bool> written_;
    std::vector<std::string> problems_;
};

} // namespace

std::vector<std::string> problems(const Network& network) {
    return Checker(network).run();
}

void require_sound(const Network& network, const std::string& where) {
    const std::vector<std::string> found = problems(network);
    if (found.empty())
        return;
    std::string text = "not a sound network:";
    for (const std::string& problem : found)
        text += "\n  - " + problem;
    throw support::user_error(text, where, "mend the file, or report this if Gatewright wrote it");
}

} // namespace gw::network
