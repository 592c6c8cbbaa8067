// A value as bits: the counterpart of rtl/word.hpp with nets instead of text.
#pragma once

#include <vector>

#include "estimate/logic.hpp"
#include "fixed/int128.hpp"

namespace gw::estimate {

/// Its sign goes on without end above its nets, and its zeros without end below.
class Word {
  public:
    Word(std::vector<Net> nets, bool is_signed) : nets_(std::move(nets)), is_signed_(is_signed) {}
    static Word constant(fixed::Int128 value);

    int width() const { return static_cast<int>(nets_.size()); }
    bool is_signed() const { return is_signed_; }
    Net at(int bit) const;
    /// Bits [low, low + count).
    std::vector<Net> bits(int low, int count) const;
    bool known_zero(int low, int count) const;
    Net sign() const { return is_signed_ && !nets_.empty() ? nets_.back() : zero; }
    /// Divided by 2^places, rounded down; multiplied where places is negative.
    Word moved_down(int places) const;

  private:
    std::vector<Net> nets_;
    bool is_signed_;
    int offset_ = 0;
};

} // namespace gw::estimate
