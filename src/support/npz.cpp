// .npz: a zip archive with one .npy per array. Archives are read from and written to memory, files by our own
// functions, so that damage and full disks are reported like everywhere else.
#include <memory>

#include <zip.h>

#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/npy.hpp"

namespace gw::support {
namespace {

constexpr std::uint64_t largest_member = std::uint64_t{1} << 34U; // 16 GiB: a damaged size must not take all memory

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
    void operator()(zip_file_t* member) const { zip_fclose(member); }
    void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Member = std::unique_ptr<zip_file_t, Discard>;
using Source = std::unique_ptr<zip_source_t, Discard>;

class ZipError {
  public:
    ZipError() { zip_error_init(&error_); }
    ~ZipError() { zip_error_fini(&error_); }
    ZipError(const ZipError&) = delete;
    ZipError& operator=(const ZipError&) = delete;
    zip_error_t* get() { return &error_; }
    std::string text() { return zip_error_strerror(&error_); }

  private:
    zip_error_t error_{};
};

Error damaged(const std::string& reason, const std::string& where) {
    return user_error("is not a readable .npz archive: " + reason, where, "write it again with numpy.savez");
}

std::string read_member(zip_t* archive, zip_uint64_t index, const std::string& where) {
    zip_stat_t stat;
    if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0)
        throw damaged(zip_strerror(archive), where);
    if (stat.size > largest_member)
        throw damaged("a member claims " + std::to_string(stat.size) + " bytes", where);
    const Member member(zip_fopen_index(archive, index, 0));
    if (!member)
        throw damaged(zip_strerror(archive), where);
    // The claimed size may lie: grow as data come, and stop when more comes than was claimed.
    std::string bytes;
    std::string block(1U << 20U, '\0');
    for (;;) {
        const zip_int64_t count = zip_fread(member.get(), block.data(), block.size());
        if (count < 0)
            throw damaged(zip_file_strerror(member.get()), where);
        if (count == 0)
            break;
        bytes.append(block.data(), static_cast<std::size_t>(count));
        if (bytes.size() > stat.size)
            throw damaged("a member is longer than its directory says", where);
    }
    if (bytes.size() != stat.size)
        throw damaged("a member is shorter than its directory says", where);
    return bytes;
}

} // namespace

std::map<std::string, Array> read_npz(const std::filesystem::path& file) {
    const std::string bytes = read_file(file);
    ZipError error;
    Source source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, error.get()));
    if (!source)
        throw damaged(error.text(), file.string());
    const Archive archive(zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, error.get()));
    if (!archive)
        throw damaged(error.text(), file.string());
    source.release(); // the archive owns it now
    std::map<std::string, Array> arrays;
    const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
        const auto index = static_cast<zip_uint64_t>(i);
        const char* raw_name = zip_get_name(archive.get(), index, 0);
        std::string name = raw_name != nullptr ? raw_name : "";
        if (!name.ends_with(".npy"))
            throw damaged("the member '" + name + "' is no .npy file", file.string());
        name.resize(name.size() - 4);
        const std::string where = file.string() + " [" + name + "]";
        arrays[name] = parse_npy(read_member(archive.get(), index, where), where);
    }
    return arrays;
}

void write_npz(const std::filesystem::path& file, const std::map<std::string, StoredArray>& arrays) {
    ZipError error;
    std::map<std::string, std::string> contents; // outlives the archive, which refers to it
    Source source(zip_source_buffer_create(nullptr, 0, 0, error.get()));
    if (!source)
        throw internal_error("no zip archive to be had: " + error.text(), file.string());
    zip_source_keep(source.get()); // a second reference: the archive drops one when it closes
    Archive archive(zip_open_from_source(source.get(), ZIP_TRUNCATE, error.get()));
    if (!archive)
        throw internal_error("no zip archive to be had: " + error.text(), file.string());
    for (const auto& [name, stored] : arrays) {
        const std::string& bytes = contents[name] = format_npy(stored.array, stored.storage, file.string());
        zip_source_t* member = zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0);
        const zip_int64_t index = zip_file_add(archive.get(), (name + ".npy").c_str(), member, ZIP_FL_ENC_UTF_8);
        if (index < 0) {
            zip_source_free(member);
            throw internal_error(std::string("zip: ") + zip_strerror(archive.get()), file.string());
        }
        zip_set_file_compression(archive.get(), static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE, 1);
        // The same bytes for the same arrays, whenever they are written.
        zip_file_set_mtime(archive.get(), static_cast<zip_uint64_t>(index), 315532800, 0);
    }
    if (zip_close(archive.get()) != 0)
        throw internal_error(std::string("zip: ") + zip_strerror(archive.get()), file.string());
    archive.release();
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_source_stat(source.get(), &stat) != 0 || zip_source_open(source.get()) != 0)
        throw internal_error("the zip archive cannot be read back", file.string());
    std::string bytes(stat.size, '\0');
    const zip_int64_t count = zip_source_read(source.get(), bytes.data(), bytes.size());
    zip_source_close(source.get());
    if (count != static_cast<zip_int64_t>(bytes.size()))
        throw internal_error("the zip archive cannot be read back", file.string());
    write_file(file, bytes);
}

} // namespace gw::support
