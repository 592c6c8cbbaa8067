#include "network/verify.hpp"

#include <set>

#include "network/verify_op.hpp"
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
        for (const std::string& problem : type_problems(type))
            add(where, problem);
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

    void op_checks(const Op& op) {
        const std::string where = "op '" + op.name + "'";
        bool sound = known(output_of(op));
        std::vector<const Tensor*> inputs;
        for (const TensorId in : inputs_of(op)) {
            if (!known(in) || !written_[static_cast<std::size_t>(in)])
                add(where, "reads a tensor that is not yet computed");
            sound = sound && known(in);
            if (known(in))
                inputs.push_back(&network_.tensor(in));
        }
        if (inputs.empty())
            return add(where, "has no inputs");
        write(output_of(op), where);
        if (!sound || !problems_.empty())
            return; // shapes and types may be nonsense
        for (std::string& problem : op_problems(network_, op))
            add(where, problem);
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
