#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "support/atomic_file.hpp"
#include "support/expect_error.hpp"
#include "support/scratch.hpp"

namespace gw::support {
namespace {

using test::Scratch;
namespace fs = std::filesystem;

TEST(WriteFile, ReplacesWholeOrNotAtAll) {
    const Scratch scratch;
    write_file(scratch / "a", "one");
    write_file(scratch / "a", "two");
    EXPECT_EQ(read_file(scratch / "a"), "two");
    EXPECT_EQ(scratch.entries(), 1U);
    EXPECT_ERROR(write_file(scratch / "no/such/a", "x"), ErrorKind::user, "create the folder first");
    EXPECT_ERROR(write_file(scratch.path(), "x"), ErrorKind::user, "is a directory");
    EXPECT_ERROR(read_file(scratch / "absent"), ErrorKind::user, "No such file");
    EXPECT_ERROR(read_file(scratch.path()), ErrorKind::user, "is a directory");
}

TEST(WriteFile, FullDiskIsReported) {
    EXPECT_ERROR(write_file("/dev/full", "x"), ErrorKind::user, "free some space");
    EXPECT_TRUE(fs::is_character_file("/dev/full")); // written in place, not replaced
}

TEST(WriteFile, FullFileSystemLeavesWhatWasThere) {
    const Scratch scratch;
    if (::geteuid() != 0 || ::mount("none", scratch.path().c_str(), "tmpfs", 0, "size=64k") != 0)
        GTEST_SKIP() << "mounting a small file system needs root";
    struct Unmount {
        const fs::path& path;
        ~Unmount() { ::umount(path.c_str()); }
    } const unmount{scratch.path()};
    write_file(scratch / "a", "before");
    EXPECT_ERROR(write_file(scratch / "a", std::string(1 << 20, 'x')), ErrorKind::user, "No space left");
    EXPECT_EQ(read_file(scratch / "a"), "before");
    EXPECT_ERROR(write_directory(scratch / "d", IfExists::refuse,
                                 [](const fs::path& place) { write_file(place / "big", std::string(1 << 20, 'x')); }),
                 ErrorKind::user, "No space left");
    EXPECT_EQ(scratch.entries(), 1U);
}

TEST(WriteDirectory, IsWholeOrAbsent) {
    const Scratch scratch;
    const auto fill = [](const std::string& text) {
        return [text](const fs::path& place) { write_file(place / "a", text); };
    };
    write_directory(scratch / "d/", IfExists::refuse, fill("one"));
    EXPECT_ERROR(write_directory(scratch / "d", IfExists::refuse, fill("two")), ErrorKind::user, "exists already");
    EXPECT_EQ(read_file(scratch / "d/a"), "one");
    const auto fail = [](const fs::path& place) {
        write_file(place / "a", "half");
        throw user_error("fill failed");
    };
    EXPECT_ERROR(write_directory(scratch / "d", IfExists::replace, fail), ErrorKind::user, "fill failed");
    EXPECT_EQ(read_file(scratch / "d/a"), "one");
    write_directory(scratch / "d", IfExists::replace, fill("two"));
    EXPECT_EQ(read_file(scratch / "d/a"), "two");
    EXPECT_ERROR(write_directory(scratch / "no/d", IfExists::refuse, fill("x")), ErrorKind::user, "cannot be created");
    write_file(scratch / "plain", "x");
    EXPECT_ERROR(write_directory(scratch / "plain", IfExists::replace, fill("x")), ErrorKind::user, "not a directory");
    EXPECT_EQ(scratch.entries(), 2U);
}

TEST(WriteThrough, KeepsTheEndingAndLeavesNothingOnFailure) {
    const Scratch scratch;
    write_through(scratch / "a.h5", [](const fs::path& place) {
        EXPECT_EQ(place.extension(), ".h5");
        write_file(place, "x");
    });
    EXPECT_EQ(read_file(scratch / "a.h5"), "x");
    const auto fail = [](const fs::path& place) {
        write_file(place, "half");
        throw user_error("write failed");
    };
    EXPECT_ERROR(write_through(scratch / "a.h5", fail), ErrorKind::user, "write failed");
    EXPECT_EQ(read_file(scratch / "a.h5"), "x");
    EXPECT_EQ(scratch.entries(), 1U);
}

} // namespace
} // namespace gw::support
