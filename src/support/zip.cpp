#include "support/zip.hpp"

#include "support/error.hpp"
#include "support/zip_handles.hpp"

namespace gw::support {
namespace {

void add(zip_t* archive, const std::string& name, const std::string& contents, const ZipOptions& options,
         const std::string& where) {
    ZipSource source(zip_source_buffer(archive, contents.data(), contents.size(), 0));
    const zip_int64_t added = zip_file_add(archive, name.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
    if (added < 0)
        throw internal_error(std::string("zip: ") + zip_strerror(archive), where);
    static_cast<void>(source.release()); // the archive owns it now
    const auto index = static_cast<zip_uint64_t>(added);
    if (options.deflate)
        zip_set_file_compression(archive, index, ZIP_CM_DEFLATE, *options.deflate);
    if (options.mode) // of a plain file
        zip_file_set_external_attributes(archive, index, 0, ZIP_OPSYS_UNIX, (0100000U | *options.mode) << 16U);
    zip_file_set_mtime(archive, index, options.time, 0);
}

std::string bytes_of(zip_source_t* source, const std::string& where) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_source_stat(source, &stat) != 0 || zip_source_open(source) != 0)
        throw internal_error("the zip archive cannot be read back", where);
    std::string bytes(stat.size, '\0');
    const zip_int64_t count = zip_source_read(source, bytes.data(), bytes.size());
    zip_source_close(source);
    if (count != static_cast<zip_int64_t>(bytes.size()))
        throw internal_error("the zip archive cannot be read back", where);
    return bytes;
}

} // namespace

std::string zipped(const std::vector<std::pair<std::string, std::string>>& members, const ZipOptions& options,
                   const std::string& where) {
    ZipError error;
    const ZipSource source(zip_source_buffer_create(nullptr, 0, 0, error.get()));
    if (!source)
        throw internal_error("no zip archive to be had: " + error.text(), where);
    zip_source_keep(source.get()); // a second reference: the archive drops one when it closes
    ZipArchive archive(zip_open_from_source(source.get(), ZIP_TRUNCATE, error.get()));
    if (!archive)
        throw internal_error("no zip archive to be had: " + error.text(), where);
    for (const auto& [name, contents] : members)
        add(archive.get(), name, contents, options, where);
    if (zip_close(archive.get()) != 0)
        throw internal_error(std::string("zip: ") + zip_strerror(archive.get()), where);
    static_cast<void>(archive.release());
    return bytes_of(source.get(), where);
}

} // namespace gw::support
