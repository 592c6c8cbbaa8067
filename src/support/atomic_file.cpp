// Write beside the target, then rename(2): within one file system the rename is atomic, so a reader sees the old or the
// new.
#include "support/atomic_file.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "support/error.hpp"
#include "support/interrupt.hpp"

namespace gw::support {
namespace {

namespace fs = std::filesystem;

std::string remedy_for(int code) {
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        return "free some space on that disk, or write elsewhere";
    case EACCES:
    case EPERM:
    case EROFS:
        return "choose a place you may write to";
    case ENOENT:
    case ENOTDIR:
        return "create the folder first, or correct the path";
    default:
        return {};
    }
}

Error system_error(const std::string& what, const fs::path& where, int code) {
    return user_error(what + ": " + std::strerror(code), where.string(), remedy_for(code));
}

/// A name beside `target` that no other process of ours uses.
fs::path beside(const fs::path& target) {
    static std::atomic<unsigned> counter{0};
    const fs::path absolute = fs::absolute(target).lexically_normal();
    return absolute.parent_path() / ("." + absolute.filename().string() + ".part-" + std::to_string(::getpid()) + "-" +
                                     std::to_string(counter.fetch_add(1)));
}

/// Removes a half-written place however we leave, unless the rename has taken it away.
class Temporary {
  public:
    explicit Temporary(fs::path path) : path_(std::move(path)) {}
    ~Temporary() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

class Descriptor {
  public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor() {
        if (value_ >= 0)
            ::close(value_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return value_; }
    /// A disk that is full may say so only here.
    int close() {
        const int code = ::close(value_) == 0 ? 0 : errno;
        value_ = -1;
        return code;
    }

  private:
    int value_;
};

void write_all(int descriptor, std::string_view contents, const fs::path& file) {
    while (!contents.empty()) {
        const ssize_t written = ::write(descriptor, contents.data(), contents.size());
        if (written < 0) {
            if (errno == EINTR)
                continue;
            throw system_error("cannot be written", file, errno);
        }
        contents.remove_prefix(static_cast<std::size_t>(written));
    }
}

void write_plainly(const fs::path& opened, std::string_view contents, const fs::path& named) {
    Descriptor descriptor(::open(opened.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (descriptor.get() < 0)
        throw system_error("cannot be opened for writing", named, errno);
    write_all(descriptor.get(), contents, named);
    if (const int code = descriptor.close())
        throw system_error("cannot be written", named, code);
}

/// Devices and pipes (/dev/full, /dev/stdout) are written in place: renaming over them would replace the device.
bool is_special(const fs::path& file) {
    std::error_code ignored;
    const fs::file_status status = fs::status(file, ignored);
    return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

void rename_or_throw(const fs::path& from, const fs::path& to) {
    std::error_code code;
    fs::rename(from, to, code);
    if (code)
        throw system_error("cannot be put in place", to, code.value());
}

void require_not_directory(const fs::path& file) {
    std::error_code ignored;
    if (fs::is_directory(file, ignored))
        throw user_error("is a directory, but a file is to be written", file.string(), "give the name of a file");
}

} // namespace

void write_file(const fs::path& file, std::string_view contents) {
    require_not_directory(file);
    if (is_special(file)) {
        write_plainly(file, contents, file);
        return;
    }
    const Temporary temporary(beside(file));
    write_plainly(temporary.path(), contents, file);
    rename_or_throw(temporary.path(), file);
}

void write_files(const fs::path& directory, const std::map<std::string, std::string>& files) {
    for (const auto& [name, contents] : files) {
        const fs::path file = directory / name;
        std::error_code ignored; // writing says it better
        fs::create_directories(file.parent_path(), ignored);
        write_file(file, contents);
    }
}

std::string read_file(const fs::path& file) {
    std::error_code ignored;
    if (fs::is_directory(file, ignored))
        throw user_error("is a directory, not a file", file.string(), "give the name of a file");
    const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (descriptor.get() < 0)
        throw user_error(std::string("cannot be read: ") + std::strerror(errno), file.string(),
                         "check the name and its permissions");
    std::string contents;
    const auto size = fs::file_size(file, ignored);
    if (!ignored)
        contents.reserve(size);
    std::string block(1U << 16U, '\0');
    for (;;) {
        const ssize_t count = ::read(descriptor.get(), block.data(), block.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw user_error(std::string("cannot be read: ") + std::strerror(errno), file.string());
        if (count == 0)
            return contents;
        contents.append(block.data(), static_cast<std::size_t>(count));
    }
}

void write_directory(const fs::path& directory, IfExists if_exists, const std::function<void(const fs::path&)>& fill) {
    std::error_code code;
    fs::path target = fs::absolute(directory).lexically_normal();
    if (!target.has_filename()) // "name/" names the same directory as "name"
        target = target.parent_path();
    const auto refuse_existing = [&] {
        if (if_exists == IfExists::refuse && fs::exists(fs::symlink_status(target, code)))
            throw user_error("exists already", directory.string(), "choose another name, or add --force to replace it");
    };
    refuse_existing();
    if (if_exists == IfExists::replace && fs::exists(target, code) && !fs::is_directory(target, code))
        throw user_error("exists and is not a directory", directory.string(), "choose another name");
    const Temporary temporary(beside(target));
    if (!fs::create_directory(temporary.path(), code))
        throw system_error("cannot be created", directory, code.value());
    fill(temporary.path());
    throw_if_interrupted();
    refuse_existing();
    const Temporary old(beside(target));
    if (fs::exists(target, code))
        rename_or_throw(target, old.path());
    try {
        rename_or_throw(temporary.path(), target);
    } catch (...) {
        fs::rename(old.path(), target, code); // what stood there before stays
        throw;
    }
}

void write_through(const fs::path& file, const std::function<void(const fs::path&)>& write) {
    require_not_directory(file);
    // The library that writes may choose the format by the ending, so the temporary name keeps it.
    const Temporary temporary(beside(file).string() + file.extension().string());
    write(temporary.path());
    std::error_code ignored;
    if (!fs::exists(temporary.path(), ignored))
        throw internal_error("nothing was written", file.string());
    rename_or_throw(temporary.path(), file);
}

} // namespace gw::support
