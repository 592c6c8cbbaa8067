#include "device/uio.hpp"

#include <atomic>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::device {

namespace fs = std::filesystem;

namespace {

constexpr const char* remedy = "load the bitstream and its device tree overlay first (docs/zynq.md), and be root";

std::string line_of(const fs::path& file) {
    std::string text = support::read_file(file);
    text.erase(text.find_last_not_of(" \r\n") + 1);
    return text;
}

/// sysfs writes hexadecimal numbers with 0x, others without.
std::uint64_t number_of(const fs::path& file) {
    const std::string text = line_of(file);
    const bool hexadecimal = text.starts_with("0x");
    std::uint64_t value = 0;
    const char* begin = text.data() + (hexadecimal ? 2 : 0);
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value, hexadecimal ? 16 : 10);
    if (error != std::errc() || end != text.data() + text.size())
        throw support::user_error(fmt::format("'{}' is no number", text), file.string());
    return value;
}

/// "uio3", by the name that the driver gave it.
std::string uio_named(const fs::path& root, const std::string& name) {
    const fs::path folder = root / "sys/class/uio";
    std::optional<std::string> found;
    std::string others;
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(folder, absent)) {
        const std::string there = line_of(entry.path() / "name");
        others += (others.empty() ? "" : ", ") + there;
        if (there != name)
            continue;
        if (found)
            throw support::user_error(fmt::format("several UIO devices are called '{}'", name), folder.string(),
                                      "give the nodes of the device tree different names");
        found = entry.path().filename().string();
    }
    if (!found)
        throw support::user_error(
            fmt::format("no UIO device is called '{}'; there {}", name, others.empty() ? "is none" : "are: " + others),
            folder.string(), remedy);
    return *found;
}

[[noreturn]] void fail(const fs::path& file, const char* what) {
    throw support::user_error(fmt::format("{}: {}", what, std::generic_category().message(errno)), file.string(),
                              remedy);
}

/// In place, as sysfs wants it.
void set_line(const fs::path& file, const char* text) {
    std::ofstream stream(file);
    stream << text << std::flush;
    if (!stream)
        fail(file, "cannot be written");
}

} // namespace

MappedFile::MappedFile(const fs::path& file, std::size_t bytes) : size_(bytes) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_SYNC | O_CLOEXEC);
    if (descriptor < 0)
        fail(file, "cannot be opened");
    void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    const int error = errno;
    ::close(descriptor); // the map stays
    errno = error;
    if (mapped == MAP_FAILED)
        fail(file, "cannot be mapped");
    data_ = static_cast<std::byte*>(mapped);
}

MappedFile::~MappedFile() {
    ::munmap(data_, size_);
}

UioRegisters::UioRegisters(const fs::path& root, const std::string& name)
    : name_(uio_named(root, name)),
      map_(root / "dev" / name_, number_of(root / "sys/class/uio" / name_ / "maps/map0/size")) {}

volatile std::uint32_t* UioRegisters::at(std::uint32_t offset) const {
    if (offset % 4 != 0 || offset + 4 > map_.size())
        throw support::internal_error(fmt::format("{:#x} is no register of {}", offset, name_));
    return reinterpret_cast<volatile std::uint32_t*>(map_.data() + offset);
}

std::uint32_t UioRegisters::read(std::uint32_t offset) const {
    const std::uint32_t value = *at(offset);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return value;
}

void UioRegisters::write(std::uint32_t offset, std::uint32_t value) const {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    *at(offset) = value;
}

DmaBuffer::DmaBuffer(const fs::path& root, const std::string& name)
    : address_(number_of(root / "sys/class/u-dma-buf" / name / "phys_addr")),
      map_((set_line(root / "sys/class/u-dma-buf" / name / "sync_mode", "2\n"), root / "dev" / name),
           number_of(root / "sys/class/u-dma-buf" / name / "size")) {}

} // namespace gw::device
