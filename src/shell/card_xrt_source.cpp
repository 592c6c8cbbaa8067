// The C++ text of the process that XRT's hw_emu shim starts: the simulated card behind XRT's remote procedure calls.
#include "shell/card_source.hpp"

namespace gw::shell {

const char* const card_xrt_text =
    R"cpp(// The simulated card as the device process of XRT's hw_emu shim: XRT's calls come over a Unix socket, one at a time; a
// header of 14 bytes (0x09, u64 size, 0x15, u32 call), a body in protocol buffers' wire format; answers have a header of
// 9 bytes. usage: xrt_device LIBCARD FIRST_ADDRESS BYTES UNIT_BASE...   (EMULATION_SOCKETID and USER name the socket)
#include <dlfcn.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace {

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "xrt_device: %s\n", what.c_str());
    std::exit(1);
}

// --- wire format

struct Fields {
    std::map<unsigned, std::uint64_t> numbers;
    std::map<unsigned, std::string> texts;

    std::uint64_t number(unsigned field) const {
        const auto found = numbers.find(field);
        return found == numbers.end() ? 0 : found->second;
    }
    const std::string& text(unsigned field) const {
        static const std::string none;
        const auto found = texts.find(field);
        return found == texts.end() ? none : found->second;
    }
};

class Reader {
  public:
    explicit Reader(const std::string& bytes) : bytes_(bytes) {}
    Fields all() {
        Fields fields;
        while (at_ < bytes_.size()) {
            const std::uint64_t key = varint();
            const auto field = static_cast<unsigned>(key >> 3);
            switch (key & 7) {
            case 0: fields.numbers[field] = varint(); break;
            case 1: fields.numbers[field] = fixed(8); break;
            case 2: {
                const std::uint64_t length = varint();
                if (length > bytes_.size() - at_) fail("a message is cut short");
                fields.texts[field] = bytes_.substr(at_, length);
                at_ += length;
                break;
            }
            case 5: fields.numbers[field] = fixed(4); break;
            default: fail("a message is damaged");
            }
        }
        return fields;
    }

  private:
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; at_ < bytes_.size() && shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(bytes_[at_++]);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) return value;
        }
        fail("a message is cut short");
    }
    std::uint64_t fixed(std::size_t count) {
        if (count > bytes_.size() - at_) fail("a message is cut short");
        std::uint64_t value = 0;
        std::memcpy(&value, bytes_.data() + at_, count);
        at_ += count;
        return value;
    }
    const std::string& bytes_;
    std::size_t at_ = 0;
};

class Writer {
  public:
    Writer& number(unsigned field, std::uint64_t value) {
        varint(field << 3);
        varint(value);
        return *this;
    }
    Writer& text(unsigned field, const std::string& value) {
        varint(field << 3 | 2);
        varint(value.size());
        bytes += value;
        return *this;
    }
    std::string bytes;

  private:
    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
        bytes += static_cast<char>(value);
    }
};

// --- the socket

class Socket {
  public:
    explicit Socket(int file) : file_(file) {}
    bool receive(void* data, std::size_t count) {
        auto* at = static_cast<char*>(data);
        while (count > 0) {
            const ssize_t got = read(file_, at, count);
            if (got <= 0) return false;
            at += got;
            count -= static_cast<std::size_t>(got);
        }
        return true;
    }
    void send(const std::string& bytes) {
        for (std::size_t at = 0; at < bytes.size();) {
            const ssize_t put = ::send(file_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
            if (put <= 0) std::exit(0); // the host is gone
            at += static_cast<std::size_t>(put);
        }
    }
    bool waits(int milliseconds) const {
        pollfd entry{file_, POLLIN, 0};
        return poll(&entry, 1, milliseconds) > 0;
    }

  private:
    int file_;
};

/// The host may listen a little later.
int connected(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) fail("the socket's path is too long: " + path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(300);
    while (std::chrono::steady_clock::now() < end) {
        const int file = socket(AF_UNIX, SOCK_STREAM, 0);
        if (file >= 0 && connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return file;
        if (file >= 0) close(file);
        usleep(2000);
    }
    fail("nobody listens at " + path);
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// --- the card

struct Library {
    void* (*attach)(void*, std::uint64_t, std::uint64_t, std::uint64_t, std::uint32_t);
    int (*write_register)(void*, std::uint32_t, std::uint32_t);
    int (*read_register)(void*, std::uint32_t, std::uint32_t*);
    int (*run)(void*, std::uint64_t);
    std::uint64_t (*violations)(const void*, const char**);
};

template <class Function> void find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (function == nullptr) fail(std::string("the card lacks ") + name);
}

struct Unit {
    std::uint64_t base;
    void* card;
    bool busy;
};

class Device {
  public:
    Device(const char* library, std::uint64_t first, std::uint64_t bytes, const std::vector<std::uint64_t>& bases)
        : first_(first), bytes_(bytes) {
        void* handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
        if (handle == nullptr) fail(dlerror());
        find(handle, "gw_card_attach", call_.attach);
        find(handle, "gw_card_write_register", call_.write_register);
        find(handle, "gw_card_read_register", call_.read_register);
        find(handle, "gw_card_run", call_.run);
        find(handle, "gw_card_violations", call_.violations);
        // All banks in a row; pages come with their first use.
        void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) fail("no memory for the card's banks");
        memory_ = static_cast<char*>(memory);
        for (std::size_t k = 0; k < bases.size(); ++k)
            units_.push_back({bases[k], call_.attach(memory, bytes, first, k + 1, 0), false});
    }

    bool busy() const {
        for (const Unit& unit : units_)
            if (unit.busy) return true;
        return false;
    }
    void run() {
        constexpr std::uint64_t clocks = 256;
        for (Unit& unit : units_)
            if (unit.busy) call_.run(unit.card, clocks);
    }
    bool store(std::uint64_t address, const char* data, std::uint64_t size) {
        if (address < first_ || size > bytes_ || address - first_ > bytes_ - size) return false;
        std::memcpy(memory_ + (address - first_), data, size);
        return true;
    }
    bool load(std::uint64_t address, std::string& data, std::uint64_t size) const {
        if (address < first_ || size > bytes_ || address - first_ > bytes_ - size) return false;
        data.assign(memory_ + (address - first_), size);
        return true;
    }
    bool write_registers(std::uint64_t address, const std::string& data) {
        Unit* unit = at(address);
        if (unit == nullptr) return false;
        for (std::size_t k = 0; k + 4 <= data.size(); k += 4) {
            std::uint32_t value = 0;
            std::memcpy(&value, data.data() + k, 4);
            const auto offset = static_cast<std::uint32_t>(address - unit->base + k);
            if (call_.write_register(unit->card, offset, value) != 0) return false;
            if (offset == 0 && (value & 1) != 0) unit->busy = true;
        }
        return true;
    }
    bool read_registers(std::uint64_t address, std::string& data, std::uint64_t size) {
        Unit* unit = at(address);
        data.clear();
        for (std::uint64_t k = 0; unit != nullptr && k < size; k += 4) {
            std::uint32_t value = 0;
            const auto offset = static_cast<std::uint32_t>(address - unit->base + k);
            if (call_.read_register(unit->card, offset, &value) != 0) return false;
            if (offset == 0 && (value & 2) != 0) finished(*unit);
            data.append(reinterpret_cast<const char*>(&value), 4);
        }
        return unit != nullptr;
    }

  private:
    Unit* at(std::uint64_t address) {
        for (Unit& unit : units_)
            if (address >= unit.base && address < unit.base + 0x1000) return &unit;
        return nullptr;
    }
    /// The host has seen done.
    void finished(Unit& unit) {
        unit.busy = false;
        const char* first = "";
        if (call_.violations(unit.card, &first) != 0) fail(std::string("the kernel broke a rule of AXI: ") + first);
    }

    Library call_{};
    std::uint64_t first_, bytes_;
    char* memory_ = nullptr;
    std::vector<Unit> units_;
};

/// One call; false: it was the last.
bool answer(Device& device, Socket& host) {
    unsigned char header[14];
    if (!host.receive(header, sizeof header)) return false;
    std::uint64_t size = 0;
    std::uint32_t call = 0;
    std::memcpy(&size, header + 1, 8);
    std::memcpy(&call, header + 10, 4);
    constexpr std::uint64_t largest = std::uint64_t{1} << 30;
    if (header[0] != 0x09 || header[9] != 0x15 || size > largest) fail("a call's header is damaged");
    std::string body(size, '\0');
    if (!host.receive(body.data(), size)) return false;
    const Fields given = Reader(body).all();
    Writer reply;
    std::string data;
    switch (call) {
    case 6: // host to device
        reply.number(1, device.store(given.number(3) + given.number(6), given.text(4).data(), given.text(4).size()) ? given.number(5) : 0);
        break;
    case 7: { // device to host
        const bool good = device.load(given.number(4) + given.number(6), data, given.number(5));
        reply.number(1, good ? given.number(5) : 0).text(2, data);
        break;
    }
    case 8: // memory, directly
        reply.number(1, device.store(given.number(2), given.text(4).data(), given.text(4).size()));
        break;
    case 10: {
        const bool good = device.load(given.number(2), data, given.number(3));
        reply.number(1, good).text(2, data);
        break;
    }
    case 9: // registers
        reply.number(1, device.write_registers(given.number(2), given.text(4)));
        break;
    case 11: {
        const bool good = device.read_registers(given.number(2), data, given.number(3));
        reply.number(1, good).text(2, data);
        break;
    }
    case 15: reply.number(1, 0); break; // no trace
    case 17: {                          // a time
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        reply.number(1, static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()));
        break;
    }
    case 18: reply.text(3, ""); break;
    case 14: case 16: case 19: break;
    default: reply.number(1, 1); break; // acknowledged: buffers, the environment, the end
    }
    std::string out(1, '\x09');
    const std::uint64_t length = reply.bytes.size();
    out.append(reinterpret_cast<const char*>(&length), 8);
    host.send(out + reply.bytes);
    return call != 1;
}

} // namespace

int main(int count, char** arguments) {
    if (count < 5) fail("usage: xrt_device LIBCARD FIRST_ADDRESS BYTES UNIT_BASE...");
    std::vector<std::uint64_t> bases;
    for (int k = 4; k < count && std::strncmp(arguments[k], "0x", 2) == 0; ++k)
        bases.push_back(std::strtoull(arguments[k], nullptr, 16));
    Device device(arguments[1], std::strtoull(arguments[2], nullptr, 16), std::strtoull(arguments[3], nullptr, 16), bases);
    const std::string user = variable("USER"), name = variable("EMULATION_SOCKETID");
    const std::string folder = user.empty() ? "/tmp/" : "/tmp/" + user + "/";
    Socket host(connected(user.empty() ? folder + "xcl_sock" : folder + name));
    // The other way round: nothing is ever asked there, but XRT waits for it.
    Socket other(connected(folder + "D2X_unix_sock_" + name));
    for (;;) {
        while (device.busy() && !host.waits(0)) device.run();
        if (!answer(device, host)) break;
    }
    other.send(std::string("\x09\0\0\0\0\0\0\0\0\x15\x01\0\0\0", 14));
    return 0;
}
)cpp";

const char* const card_xrt_sleep_text =
    R"cpp(// Loaded before XRT: its hw_emu shim sleeps ten seconds where it might look again at once. Only its own calls are
// shortened.
#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

extern "C" unsigned sleep(unsigned seconds) {
    Dl_info caller;
    const bool shim = dladdr(__builtin_return_address(0), &caller) != 0 && caller.dli_fname != nullptr &&
                      std::strstr(caller.dli_fname, "libxrt_hwemu") != nullptr;
    timespec rest{static_cast<time_t>(seconds), 0};
    if (shim) rest = {0, 1000000};
    return nanosleep(&rest, &rest) == 0 || shim ? 0 : static_cast<unsigned>(rest.tv_sec);
}
)cpp";

} // namespace gw::shell
