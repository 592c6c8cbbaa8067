// A card with faults on purpose, around any card: what a driver must live through, for tests of drivers. (Faults of the
// simulated card's memory bus are device::Fault.)
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "device/card.hpp"

namespace gw::device {

enum class CardFault : std::uint8_t {
    none,
    hangs,          ///< a start does nothing, and the end never comes
    late,           ///< the end is seen `delay` after the start
    never_starts,   ///< a start does nothing, and the end is reported at once
    wrong_status,   ///< the number of events that entered the core is wrong
    flips_in,       ///< a bit of what goes to the card
    flips_out,      ///< a bit of what comes from it
    lost,           ///< registers and memory read as ones, writes vanish, resets do not help
    wrong_bank,     ///< the kernel is given another place in the memory than the data's
    foreign,        ///< another program sets its arguments during our batch
    foreign_runs,   ///< another program's batch is always under way
    slow_transfers, ///< each takes `delay`
};
/// By the names above. Throws support::Error (user).
CardFault parse_card_fault(std::string_view text);

/// The only one who may change a fault while batches are under way.
class FaultyCard : public Card {
  public:
    /// From now on. @param times how many batches (transfers, for faults of those) it strikes, 0 for all
    virtual void set_fault(CardFault fault, std::uint32_t times = 0,
                           std::chrono::milliseconds delay = std::chrono::milliseconds(100)) = 0;
};

std::unique_ptr<FaultyCard> make_faulty(std::unique_ptr<Card> card);

} // namespace gw::device
