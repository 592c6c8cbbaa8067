#include "floating/broadcast.hpp"

#include "support/error.hpp"

namespace gw::floating {

Broadcast::Broadcast(const network::Shape& operand, const network::Shape& result) {
    if (operand.size() > result.size())
        throw support::internal_error("an operand of more axes than the result");
    std::size_t step = 1, operand_step = 1;
    for (std::size_t k = 0; k < result.size(); ++k) {
        const std::size_t extent = result[result.size() - 1 - k];
        if (k < operand.size()) {
            const std::size_t own = operand[operand.size() - 1 - k];
            if (own != 1 && own != extent)
                throw support::internal_error("an operand that does not fit the result");
            if (own != 1)
                axes_.push_back({step, extent, operand_step});
            operand_step *= own;
        }
        step *= extent;
    }
}

} // namespace gw::floating
