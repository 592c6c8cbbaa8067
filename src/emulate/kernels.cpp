// One step of one block, compiled for each vector unit. What is long stands in the -inl.hpp files beside this one.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emulate/kernels.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "emulate/groups-inl.hpp"
#include "emulate/kernels.hpp"
#include "emulate/rows-inl.hpp"
#include "emulate/tiles-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gw::emulate {
namespace HWY_NAMESPACE {

template <typename Sum> void any_linear_rows(const Linear& linear, const TensorView& in, const TensorView& out) {
    if (in.lane == Lane::i16)
        linear_rows<Sum, std::int16_t>(linear, in, out);
    else if (in.lane == Lane::i32)
        linear_rows<Sum, std::int32_t>(linear, in, out);
    else if constexpr (sizeof(Sum) == 8)
        linear_rows<Sum, std::int64_t>(linear, in, out);
}

/// What a step's visitor needs.
struct Runner {
    Lane lane;
    const Views& in;
    const TensorView& out;

    void operator()(const Plain&) const {}
    void operator()(const Linear& linear) const {
        if (linear.kind == Linear::Kind::folded)
            linear_tiles<std::int16_t>(linear, in[0], out);
        else if (linear.kind == Linear::Kind::pairs)
            linear_tiles<std::int32_t>(linear, in[0], out);
        else if (lane == Lane::i64)
            any_linear_rows<std::int64_t>(linear, in[0], out);
        else
            any_linear_rows<std::int32_t>(linear, in[0], out);
    }
    template <typename Body> void operator()(const Body& body) const {
        if (lane == Lane::i16)
            run<std::int16_t>(body, in, out);
        else if (lane == Lane::i32)
            run<std::int32_t>(body, in, out);
        else
            run<std::int64_t>(body, in, out);
    }
};

void any_step(const Program& program, const Step& step, std::byte* memory) {
    const Views views{program, step, memory};
    std::visit(Runner{step.lane, views, views.output()}, step.body);
}

const char* target_name() {
    return hwy::TargetName(HWY_TARGET);
}

} // namespace HWY_NAMESPACE
} // namespace gw::emulate
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gw::emulate {

HWY_EXPORT(any_step);
HWY_EXPORT(target_name);

void run_step(const Program& program, const Step& step, std::byte* memory) {
    HWY_DYNAMIC_DISPATCH(any_step)(program, step, memory);
}

const char* vector_unit() {
    return HWY_DYNAMIC_DISPATCH(target_name)();
}

} // namespace gw::emulate
#endif
