#include "estimate/word.hpp"

namespace gw::estimate {

Word Word::constant(fixed::Int128 value) {
    std::vector<Net> nets;
    fixed::Int128 rest = value;
    while (rest != 0 && rest != -1) {
        nets.push_back((rest & 1) != 0 ? one : zero);
        rest >>= 1;
    }
    if (value < 0)
        nets.push_back(one);
    return {std::move(nets), value < 0};
}

Net Word::at(int bit) const {
    const int place = bit + offset_;
    if (place < 0)
        return zero;
    return place < width() ? nets_[static_cast<std::size_t>(place)] : sign();
}

std::vector<Net> Word::bits(int low, int count) const {
    std::vector<Net> result;
    for (int bit = low; bit < low + count; ++bit)
        result.push_back(at(bit));
    return result;
}

bool Word::known_zero(int low, int count) const {
    for (int bit = low; bit < low + count; ++bit)
        if (at(bit) != zero)
            return false;
    return true;
}

Word Word::moved_down(int places) const {
    Word result = *this;
    result.offset_ += places;
    return result;
}

} // namespace gw::estimate
