// Device: a bundle on a card; its registers and memory for programs that drive the kernel themselves.
#include <atomic>
#include <future>

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "device/device.hpp"
#include "device/faulty_card.hpp"
#include "device/packing.hpp"
#include "native.hpp"
#include "support/error.hpp"

namespace gw::python {

namespace {

using ConstBytes = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using FloatRows = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
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

/// Buffers of events and results, in the card's memory and the host's.
struct Memory {
    std::shared_ptr<device::Device> device; ///< outlives the buffer
    device::CardBuffer buffer;

    device::Buffer& place() const { return *buffer.memory; }
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
    /// `action` is called by whichever thread ends the batch.
    void when_ready(const nb::object& action) const {
        // Python's object is let go with the interpreter's lock held, whoever lets it go.
        const std::shared_ptr<nb::object> kept(std::make_unique<nb::object>(action).release(), [](nb::object* object) {
            const nb::gil_scoped_acquire lock;
            std::unique_ptr<nb::object>{object}.reset();
        });
        const nb::gil_scoped_release release;
        future.when_ready([kept] {
            const nb::gil_scoped_acquire lock;
            try {
                (*kept)();
            } catch (nb::python_error& error) {
                error.discard_as_unraisable("a batch's when_ready");
            }
        });
    }
};

/// What Overlay's arguments say of its cards.
device::DeviceOptions options_of(const std::string& kind, double time_limit, const nb::dict& more) {
    device::DeviceOptions options;
    options.kind = device::parse_kind(kind);
    options.time_limit = to_limit(time_limit);
    options.cards = nb::cast<std::size_t>(more["cards"]);
    options.replays = nb::cast<std::uint32_t>(more["replays"]);
    options.checksums = nb::cast<bool>(more["checksums"]);
    options.xrt = {nb::cast<std::filesystem::path>(more["xclbin"]), nb::cast<std::uint32_t>(more["card"]), "",
                   device::parse_access(nb::cast<std::string>(more["access"]))};
    for (const auto& unit : nb::cast<std::vector<std::string>>(more["units"]))
        options.units.push_back(device::parse_unit(unit, options.xrt.device));
    return options;
}

class PythonDevice {
  public:
    PythonDevice(const std::filesystem::path& bundle, const std::string& kind, double time_limit,
                 const nb::dict& more) {
        device::DeviceOptions options = options_of(kind, time_limit, more);
        if (nb::cast<bool>(more["faulty"])) // for tests
            options.wrap = [this](std::unique_ptr<device::Card> card) {
                auto faulty = device::make_faulty(std::move(card));
                faulty_.push_back(faulty.get());
                return faulty;
            };
        const nb::gil_scoped_release release;
        device_ = std::make_shared<device::Device>(device::Device::open(bundle, options));
    }

    Batch submit(const Rows& rows, int priority) const { return submit_values(rows, priority); }
    Batch submit_floats(const FloatRows& rows, int priority) const { return submit_values(rows, priority); }
    Batch submit_packed(const ConstBytes& bytes, int priority) const {
        const std::size_t events = bytes.size() / device_->description().kernel.input.bytes;
        return guarded(events, [&] {
            return device_->submit_packed(std::as_bytes(std::span(bytes.data(), bytes.size())), options(priority));
        });
    }
    Batch submit_in_place(const Memory& memory, std::size_t offset, std::size_t events, int priority) const {
        return guarded(events,
                       [&] { return device_->submit_in_place(memory.buffer, offset, events, options(priority)); });
    }
    std::unique_ptr<Run> start(std::uint64_t input, std::uint64_t output, std::uint32_t events, double limit) const {
        return std::make_unique<Run>(device_,
                                     device::Batch{.input_address = input, .output_address = output, .events = events},
                                     to_limit(limit));
    }
    Memory allocate(std::size_t bytes) const { return {device_, device_->allocate(bytes)}; }
    void set_fault(const std::string& fault, std::uint32_t times, double seconds) const {
        for (device::FaultyCard* card : faulty_)
            card->set_fault(device::parse_card_fault(fault), times, to_limit(seconds));
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
    template <class Array> Batch submit_values(const Array& rows, int priority) const {
        if (rows.shape(1) != device_->input_size())
            throw support::user_error("rows of " + std::to_string(rows.shape(1)) + " values, where an event has " +
                                      std::to_string(device_->input_size()));
        return guarded(rows.shape(0),
                       [&] { return device_->submit(std::span(rows.data(), rows.size()), options(priority)); });
    }
    /// Without the GIL; hears Ctrl-C while it blocks.
    template <class Submit> Batch guarded(std::size_t events, const Submit& submit) const {
        const nb::gil_scoped_release release;
        return {device_, submit(), events};
    }
    static device::SubmitOptions options(int priority) {
        return {.priority = priority, .cancelled = [] {
                    const nb::gil_scoped_acquire lock;
                    const bool pressed = PyErr_CheckSignals() != 0;
                    if (pressed)
                        PyErr_Clear(); // the Error (interrupted) becomes KeyboardInterrupt
                    return pressed;
                }};
    }

    std::shared_ptr<device::Device> device_;
    std::vector<device::FaultyCard*> faulty_; ///< of device_
};

/// The input as an integer dtype: bytes, signedness and whether its mantissas are the values; nothing if the layout has
/// padding or several types.
nb::object native_input(const PythonDevice& self) {
    const shell::EventLayout& layout = self.device().description().kernel.input;
    const device::Packer packer(layout);
    const shell::Element& first = layout.elements.front();
    bool same =
        packer.is_native(first.bytes) && (first.bytes == 1 || first.bytes == 2 || first.bytes == 4 || first.bytes == 8);
    bool whole = true;
    for (const shell::Element& element : layout.elements) {
        same = same && element.type.is_signed == first.type.is_signed;
        whole = whole && element.type.fraction == 0 && element.type.width == static_cast<int>(8 * element.bytes);
    }
    return same ? nb::object(nb::make_tuple(first.bytes, first.type.is_signed, whole)) : nb::none();
}

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
    result["converted_bytes"] = counted.converted_bytes;
    result["copied_bytes"] = counted.copied_bytes;
    result["in_place_bytes"] = counted.in_place_bytes;
    result["failures"] = counted.failures;
    result["time_outs"] = counted.time_outs;
    result["damaged"] = counted.damaged;
    result["resets"] = counted.resets;
    result["replays"] = counted.replays;
    result["moved"] = counted.moved;
    result["lost_cards"] = counted.lost_cards;
    return result;
}

void bind_memory(nb::module_& module) {
    nb::class_<Memory>(module, "Memory")
        .def_prop_ro("address", [](const Memory& self) { return self.place().address(); })
        .def("array",
             [](const Memory& self) {
                 const auto host = self.place().host();
                 auto kept = std::make_unique<Memory>(self);
                 nb::capsule owner(
                     kept.get(), [](void* memory) noexcept { std::unique_ptr<Memory>(static_cast<Memory*>(memory)); });
                 static_cast<void>(kept.release());
                 return nb::ndarray<nb::numpy, std::uint8_t, nb::ndim<1>>(reinterpret_cast<std::uint8_t*>(host.data()),
                                                                          {host.size()}, owner);
             })
        .def("release", [](const Memory& self) { self.place().release(); })
        .def("to_card",
             [](const Memory& self, std::size_t offset, std::size_t bytes) {
                 const nb::gil_scoped_release release;
                 self.place().to_card(offset, bytes);
             })
        .def("from_card", [](const Memory& self, std::size_t offset, std::size_t bytes) {
            const nb::gil_scoped_release release;
            self.place().from_card(offset, bytes);
        });
}

void bind_registers(nb::class_<PythonDevice>& device) {
    device
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
        .def("wait", &Batch::wait, nb::arg("timeout"))
        .def("when_ready", &Batch::when_ready, nb::arg("action"));
    bind_memory(module);
    nb::class_<PythonDevice> device(module, "Device");
    device
        .def(nb::init<const std::filesystem::path&, const std::string&, double, const nb::dict&>(), nb::arg("bundle"),
             nb::arg("kind"), nb::arg("time_limit"), nb::arg("options"))
        .def("submit", &PythonDevice::submit, nb::arg("rows"), nb::arg("priority"))
        .def("submit_floats", &PythonDevice::submit_floats, nb::arg("rows"), nb::arg("priority"))
        .def("submit_packed", &PythonDevice::submit_packed, nb::arg("bytes"), nb::arg("priority"))
        .def("submit_in_place", &PythonDevice::submit_in_place, nb::arg("memory"), nb::arg("offset"), nb::arg("events"),
             nb::arg("priority"))
        .def("allocate", &PythonDevice::allocate, nb::arg("bytes"))
        .def("set_fault", &PythonDevice::set_fault, nb::arg("fault"), nb::arg("times"), nb::arg("seconds"))
        .def("start", &PythonDevice::start, nb::arg("input"), nb::arg("output"), nb::arg("events"),
             nb::arg("time_limit"))
        .def("pack", &PythonDevice::pack, nb::arg("rows"))
        .def("unpack", &PythonDevice::unpack, nb::arg("bytes"))
        .def("dump_registers", [](const PythonDevice& self) { return device::dump_registers(self.card()); })
        .def_prop_ro("counters", counters)
        .def_prop_ro("native_input", native_input)
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
    bind_registers(device);
}

} // namespace gw::python
