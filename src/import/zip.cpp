#include "import/zip.hpp"

#include <cstdint>
#include <memory>

#include <zip.h>

#include "support/error.hpp"

namespace gw::import {

std::map<std::string, std::string> read_zip(const std::filesystem::path& file,
                                            const std::vector<std::string>& members) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
        throw support::user_error("there is no such file", file.string(), "check the path");
    int code = 0;
    const std::unique_ptr<zip_t, void (*)(zip_t*)> archive(zip_open(file.c_str(), ZIP_RDONLY, &code), zip_discard);
    if (!archive)
        throw support::user_error("this is not a whole zip file", file.string(), "write the file again");
    std::map<std::string, std::string> out;
    for (const std::string& name : members) {
        zip_stat_t about;
        if (zip_stat(archive.get(), name.c_str(), 0, &about) != 0 || (about.valid & ZIP_STAT_SIZE) == 0)
            throw support::user_error("the archive has no member " + name, file.string(),
                                      "a .keras file of Keras 2.12 or later is expected");
        // Deflate shrinks at most 1032 to 1: a member that claims more is damaged, and must not make us reserve it.
        if (about.size / 1032 > std::filesystem::file_size(file, error))
            throw support::user_error("the member " + name + " is damaged", file.string(), "write the file again");
        if (about.size > (std::uint64_t{1} << 30))
            throw support::user_error("the member " + name + " is larger than 1 GiB", file.string());
        const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> member(zip_fopen(archive.get(), name.c_str(), 0),
                                                                       zip_fclose);
        std::string bytes(about.size, '\0');
        // zip_fread checks the member's checksum when its last byte has been read; asking for one more byte makes it do
        // so.
        char beyond = 0;
        if (!member || zip_fread(member.get(), bytes.data(), bytes.size()) != static_cast<zip_int64_t>(bytes.size()) ||
            zip_fread(member.get(), &beyond, 1) != 0)
            throw support::user_error("the member " + name + " is damaged", file.string(), "write the file again");
        out.emplace(name, std::move(bytes));
    }
    return out;
}

} // namespace gw::import
