// Device: a bundle on a card; its registers and memory for programs that drive the kernel themselves.
#include <atomic>
#include <future>

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "device/device.hpp"
#include "device/packing.hpp"
#include "native.hpp"
#include "support/error.hpp"

namespace gw::python {

namespace {

using Bytes = nb::ndarray<std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using ConstBytes = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using PackedRows = nb::ndarray<const std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

/// One start of the kernel on buffers that are on the card already.
class Run {
  public:
    Run(std::shared_ptr<device::Device> device, const device::Batch& batch, std::chrono::milliseconds limit)
        : cancelled_(std::make_shared<std::atomic<bool>>(false)),
          result_(std::async(std::launch::async, [device = std::move(device), batch, limit, cancelled = cancelled_] {
              return device::run_batch(device->card(), batch, limit, [cancelled] { return cancelled->load(); });
          })) {}
    ~Run() {
        const nb::gil_scoped_release release;
        *cancelled_ = true;
        if (result_.valid())
            result_.wait(); // milliseconds: the run has been told
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    bool done() const {
        return !result_.valid() || result_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    }
    /// The kernel's clocks. Throws what went wrong; false in time is the caller's.
    std::uint64_t wait(double seconds) {
        if (!wait_watching([&] { return done(); }, to_limit(seconds)))
            *cancelled_ = true; // the run ends with the register dump
        if (result_.valid()) {
            const nb::gil_scoped_release release;
            cycles_ = result_.get().cycles;
        }
        return cycles_;
    }

  private:
    std::shared_ptr<std::atomic<bool>> cancelled_;
    std::future<device::KernelCounters> result_;
    std::uint64_t cycles_ = 0;
};

struct Batch {
    std::shared_ptr<device::Device> device; ///< outlives the batch
    device::Future future;
    std::size_t events = 0;

    nb::ndarray<nb::numpy, double, nb::ndim<2>> wait(double seconds) const {
        const bool ready = wait_watching([&] { return future.ready(); }, to_limit(seconds));
        std::vector<double> outputs;
        {
            const nb::gil_scoped_release release;
            outputs =
                future.wait(ready ? std::chrono::milliseconds(std::chrono::hours(1)) : std::chrono::milliseconds(0));
        }
        return to_numpy(std::move(outputs), events, device->output_size());
    }
};

class PythonDevice {
  public:
    PythonDevice(const std::filesystem::path& bundle, const std::string& kind, double time_limit,
                 const std::filesystem::path& xclbin, std::uint32_t card, const std::string& unit) {
        const nb::gil_scoped_release release;
        device::DeviceOptions options;
        options.kind = device::parse_kind(kind);
        options.time_limit = to_limit(time_limit);
        options.xrt = {xclbin, card, unit};
        device_ = std::make_shared<device::Device>(device::Device::open(bundle, options));
    }

    Batch submit(const Rows& rows) const {
        if (rows.shape(1) != device_->input_size())
            throw support::user_error("rows of " + std::to_string(rows.shape(1)) + " values, where an event has " +
                                      std::to_string(device_->input_size()));
        const nb::gil_scoped_release release;
        return {device_, device_->submit(std::span(rows.data(), rows.size())), rows.shape(0)};
    }
    std::unique_ptr<Run> start(std::uint64_t input, std::uint64_t output, std::uint32_t events, double limit) const {
        return std::make_unique<Run>(device_, device::Batch{input, output, events}, to_limit(limit));
    }
    auto pack(const Rows& rows) const {
        const device::Packer packer(device_->description().kernel.input);
        if (rows.shape(1) != packer.elements())
            throw support::user_error("rows of " + std::to_string(rows.shape(1)) + " values, where an event has " +
                                      std::to_string(packer.elements()));
        std::vector<std::uint8_t> bytes(rows.shape(0) * packer.event_bytes());
        packer.pack(std::span(rows.data(), rows.size()), std::as_writable_bytes(std::span(bytes)));
        return to_numpy(std::move(bytes), rows.shape(0), packer.event_bytes());
    }
    auto unpack(const PackedRows& bytes) const {
        const device::Packer packer(device_->description().kernel.output);
        if (bytes.shape(1) != packer.event_bytes())
            throw support::user_error("rows of " + std::to_string(bytes.shape(1)) +
                                      " bytes, where an event's outputs take " + std::to_string(packer.event_bytes()));
        std::vector<double> values(bytes.shape(0) * packer.elements());
        packer.unpack(std::as_bytes(std::span(bytes.data(), bytes.size())), values);
        return to_numpy(std::move(values), bytes.shape(0), packer.elements());
    }
    device::Device& device() const { return *device_; }
    device::Card& card() const { return device_->card(); }

  private:
    std::shared_ptr<device::Device> device_;
};

nb::list registers() {
    nb::list result;
    for (const shell::Register& entry : shell::register_map())
        result.append(nb::make_tuple(entry.name, entry.offset, entry.bits, entry.writable, entry.meaning));
    return result;
}

nb::dict counters(const PythonDevice& self) {
    const device::Counters counted = self.device().counters();
    nb::dict result;
    result["events"] = counted.events;
    result["chunks"] = counted.chunks;
    result["cycles"] = counted.cycles;
    result["read_beats"] = counted.read_beats;
    result["write_beats"] = counted.write_beats;
    result["seconds"] = counted.seconds;
    return result;
}

void bind_memory(nb::class_<PythonDevice>& device) {
    device.def("allocate", [](const PythonDevice& self, std::size_t bytes) { return self.card().allocate(bytes); })
        .def("release", [](const PythonDevice& self, std::uint64_t address) { self.card().release(address); })
        .def("write_memory",
             [](const PythonDevice& self, std::uint64_t address, const ConstBytes& bytes) {
                 const nb::gil_scoped_release release;
                 self.card().write_memory(address, std::as_bytes(std::span(bytes.data(), bytes.size())));
             })
        .def("read_memory",
             [](const PythonDevice& self, std::uint64_t address, const Bytes& bytes) {
                 const nb::gil_scoped_release release;
                 self.card().read_memory(address, std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
             })
        .def("read_register",
             [](const PythonDevice& self, std::uint32_t offset) { return self.card().read_register(offset); })
        .def("write_register", [](const PythonDevice& self, std::uint32_t offset, std::uint32_t value) {
            self.card().write_register(offset, value);
        });
}

} // namespace

void bind_device(nb::module_& module) {
    module.def("registers", registers);
    nb::class_<Run>(module, "Run").def_prop_ro("done", &Run::done).def("wait", &Run::wait, nb::arg("timeout"));
    nb::class_<Batch>(module, "Batch")
        .def_prop_ro("done", [](const Batch& batch) { return batch.future.ready(); })
        .def("wait", &Batch::wait, nb::arg("timeout"));
    nb::class_<PythonDevice> device(module, "Device");
    device
        .def(nb::init<const std::filesystem::path&, const std::string&, double, const std::filesystem::path&,
                      std::uint32_t, const std::string&>(),
             nb::arg("bundle"), nb::arg("kind"), nb::arg("time_limit"), nb::arg("xclbin"), nb::arg("card"),
             nb::arg("unit"))
        .def("submit", &PythonDevice::submit, nb::arg("rows"))
        .def("start", &PythonDevice::start, nb::arg("input"), nb::arg("output"), nb::arg("events"),
             nb::arg("time_limit"))
        .def("pack", &PythonDevice::pack, nb::arg("rows"))
        .def("unpack", &PythonDevice::unpack, nb::arg("bytes"))
        .def("dump_registers", [](const PythonDevice& self) { return device::dump_registers(self.card()); })
        .def_prop_ro("counters", counters)
        .def_prop_ro("kernel_name", [](const PythonDevice& self) { return self.device().description().kernel.name; })
        .def_prop_ro("clock_ns", [](const PythonDevice& self) { return self.device().description().kernel.clock_ns; })
        .def_prop_ro("core_latency",
                     [](const PythonDevice& self) { return self.device().description().kernel.core_latency; })
        .def_prop_ro("input_bytes",
                     [](const PythonDevice& self) { return self.device().description().kernel.input.bytes; })
        .def_prop_ro("output_bytes",
                     [](const PythonDevice& self) { return self.device().description().kernel.output.bytes; })
        .def_prop_ro("input_size", [](const PythonDevice& self) { return self.device().input_size(); })
        .def_prop_ro("output_size", [](const PythonDevice& self) { return self.device().output_size(); });
    bind_memory(device);
}

} // namespace gw::python
