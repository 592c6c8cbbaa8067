// .npz: a zip archive with one .npy per array. Archives are read from and written to memory, files by our own
// functions, so that damage and full disks are reported like everywhere else.
#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/npy.hpp"
#include "support/zip.hpp"
#include "support/zip_handles.hpp"

namespace gw::support {
namespace {

constexpr std::uint64_t largest_member = std::uint64_t{1} << 34U; // 16 GiB: a damaged size must not take all memory

Error damaged(const std::string& reason, const std::string& where) {
    return user_error("is not a readable .npz archive: " + reason, where, "write it again with numpy.savez");
}

std::string read_member(zip_t* archive, zip_uint64_t index, const std::string& where) {
    zip_stat_t stat;
    if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0)
        throw damaged(zip_strerror(archive), where);
    if (stat.size > largest_member)
        throw damaged("a member claims " + std::to_string(stat.size) + " bytes", where);
    const ZipMember member(zip_fopen_index(archive, index, 0));
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
    ZipSource source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, error.get()));
    if (!source)
        throw damaged(error.text(), file.string());
    const ZipArchive archive(zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, error.get()));
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
    std::vector<std::pair<std::string, std::string>> members;
    for (const auto& [name, stored] : arrays)
        members.emplace_back(name + ".npy", format_npy(stored.array, stored.storage, file.string()));
    ZipOptions fast;
    fast.deflate = 1;
    write_file(file, zipped(members, fast, file.string()));
}

} // namespace gw::support
