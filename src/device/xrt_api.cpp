#include "device/xrt_api.hpp"

#include <fmt/format.h>

#include "support/error.hpp"
#include "support/shared_library.hpp"

namespace gw::device {

namespace {

constexpr const char* library_name = "libxrt_coreutil.so.2";

template <class Function> void find(void* library, const char* name, Function& function) {
    function = support::find_function<Function>(library, name);
    if (function == nullptr)
        throw support::user_error(fmt::format("XRT lacks the function {}", name), library_name,
                                  "install XRT 2.13 or later");
}

XrtApi load() {
    void* library =
        support::load_library(library_name, "XRT", "install XRT (Debian: libxrt1), and set its environment up",
                              support::LibraryNames::global)
            .release();
    XrtApi found{};
    find(library, "xrtDeviceOpen", found.open);
    find(library, "xrtDeviceClose", found.close);
    find(library, "xrtDeviceLoadXclbinFile", found.load);
    find(library, "xrtDeviceGetXclbinUUID", found.uuid);
    find(library, "xrtPLKernelOpen", found.open_kernel);
    find(library, "xrtPLKernelOpenExclusive", found.open_kernel_exclusive);
    find(library, "xrtKernelClose", found.close_kernel);
    find(library, "xrtKernelArgGroupId", found.group);
    find(library, "xrtKernelReadRegister", found.read_register);
    find(library, "xrtKernelWriteRegister", found.write_register);
    find(library, "xrtRunOpen", found.open_run);
    find(library, "xrtRunSetArg", found.set_argument);
    find(library, "xrtRunStart", found.start_run);
    find(library, "xrtRunState", found.run_state);
    find(library, "xrtRunWait", found.wait_run);
    find(library, "xrtRunWaitFor", found.wait_run_for);
    find(library, "xrtRunClose", found.close_run);
    find(library, "xrtBOAlloc", found.allocate);
    find(library, "xrtBOSubAlloc", found.part);
    find(library, "xrtBOFree", found.free);
    find(library, "xrtBOAddress", found.address);
    find(library, "xrtBOMap", found.map);
    find(library, "xrtBOSync", found.sync);
    return found;
}

} // namespace

const XrtApi& xrt() {
    static const XrtApi functions = load();
    return functions;
}

} // namespace gw::device
