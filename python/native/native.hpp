// The binding of gatewright._native, a file a subject. Nothing is decided here: arguments go to the rooms, results come
// back.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

namespace gw::python {

namespace nb = nanobind;

using Rows = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

/// Values as a numpy array of shape {rows, columns} that owns them.
template <class T>
nb::ndarray<nb::numpy, T, nb::ndim<2>> to_numpy(std::vector<T> values, std::size_t rows, std::size_t columns) {
    auto kept = std::make_unique<std::vector<T>>(std::move(values));
    T* data = kept->data();
    nb::capsule owner(kept.get(), [](void* vector) noexcept {
        std::unique_ptr<std::vector<T>>(static_cast<std::vector<T>*>(vector));
    });
    static_cast<void>(kept.release());
    return {data, {rows, columns}, owner};
}

/// Python's float seconds.
std::chrono::milliseconds to_limit(double seconds);

/// Waits until `ready()` or for `limit`, the GIL released in between, and hears Ctrl-C. @return whether it became ready
template <class Ready> bool wait_watching(const Ready& ready, std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    auto nap = std::chrono::microseconds(20);
    while (!ready()) {
        if (PyErr_CheckSignals() != 0)
            throw nb::python_error();
        if (std::chrono::steady_clock::now() >= end)
            return false;
        const nb::gil_scoped_release release;
        std::this_thread::sleep_for(nap);
        nap = std::min(nap * 2, std::chrono::microseconds(2000));
    }
    return true;
}

void bind_errors(nb::module_& module);
void bind_network(nb::module_& module);
void bind_device(nb::module_& module);
void bind_build(nb::module_& module);

} // namespace gw::python
