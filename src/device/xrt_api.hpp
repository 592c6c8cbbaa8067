// XRT's C interface (xrt/xrt_device.h, xrt_bo.h, xrt_kernel.h of XRT 2.13), loaded when it is asked for, so that
// nothing needs it to build or to start. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace gw::device {

/// XRT's own functions. Handles are opaque; ints are 0 for success.
struct XrtApi {
    void* (*open)(unsigned);
    int (*close)(void*);
    int (*load)(void*, const char*);
    int (*uuid)(void*, unsigned char*);
    void* (*open_kernel)(void*, const unsigned char*, const char*);
    void* (*open_kernel_exclusive)(void*, const unsigned char*, const char*);
    int (*close_kernel)(void*);
    int (*group)(void*, int);
    int (*read_register)(void*, std::uint32_t, std::uint32_t*);
    int (*write_register)(void*, std::uint32_t, std::uint32_t);
    void* (*open_run)(void*);
    int (*set_argument)(void*, int, ...);
    int (*start_run)(void*);
    int (*run_state)(void*); ///< ert_cmd_state
    int (*wait_run)(void*);
    int (*wait_run_for)(void*, unsigned milliseconds);
    int (*close_run)(void*);
    void* (*allocate)(void*, std::size_t, std::uint64_t, std::uint32_t);
    void* (*part)(void*, std::size_t bytes, std::size_t offset);
    int (*free)(void*);
    std::uint64_t (*address)(void*);
    void* (*map)(void*);
    int (*sync)(void*, int, std::size_t, std::size_t);
};

/// ert_cmd_state of ert.h: 4 is the good end, all above are bad ones but SUBMITTED.
namespace run_state {
inline constexpr int completed = 4, submitted = 7;
inline bool is_end(int state) {
    return state >= completed && state != submitted;
}
} // namespace run_state

/// Loads XRT at the first call; it stays until the program ends, as it has threads of its own. Throws support::Error
/// (user) where it is not installed or too old.
const XrtApi& xrt();

/// One of XRT's handles, closed with its scope.
using XrtHandle = std::unique_ptr<void, int (*)(void*)>;

} // namespace gw::device
