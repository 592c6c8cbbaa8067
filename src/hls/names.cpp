#include "hls/names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

namespace gw::hls {
namespace {

using Words = std::set<std::string_view>;

const Words& words_of_cpp() {
    static const Words words{"alignas",
                             "alignof",
                             "and",
                             "and_eq",
                             "asm",
                             "auto",
                             "bitand",
                             "bitor",
                             "bool",
                             "break",
                             "case",
                             "catch",
                             "char",
                             "char16_t",
                             "char32_t",
                             "class",
                             "compl",
                             "const",
                             "constexpr",
                             "const_cast",
                             "continue",
                             "decltype",
                             "default",
                             "delete",
                             "do",
                             "double",
                             "else",
                             "enum",
                             "explicit",
                             "export",
                             "extern",
                             "false",
                             "float",
                             "for",
                             "friend",
                             "goto",
                             "if",
                             "inline",
                             "int",
                             "long",
                             "mutable",
                             "namespace",
                             "new",
                             "noexcept",
                             "not",
                             "not_eq",
                             "nullptr",
                             "operator",
                             "or",
                             "or_eq",
                             "private",
                             "protected",
                             "public",
                             "register",
                             "return",
                             "reinterpret_cast",
                             "short",
                             "signed",
                             "sizeof",
                             "static",
                             "static_cast",
                             "struct",
                             "switch",
                             "template",
                             "static_assert",
                             "dynamic_cast",
                             "this",
                             "thread_local",
                             "throw",
                             "true",
                             "try",
                             "typedef",
                             "typeid",
                             "typename",
                             "union",
                             "unsigned",
                             "using",
                             "virtual",
                             "void",
                             "volatile",
                             "wchar_t",
                             "while",
                             "xor",
                             "xor_eq"};
    return words;
}

/// What the headers put into the global namespace, or define: types that end in _t, as ours do, above all.
const Words& names_of_headers() {
    static const Words words{
        "gw",        "std",       "hls",      "main",        "half",      "ap_fixed",   "ap_ufixed",   "ap_int",
        "ap_uint",   "ap_axiu",   "ap_axis",  "blkcnt_t",    "blksize_t", "caddr_t",    "clock_t",     "clockid_t",
        "daddr_t",   "dev_t",     "div_t",    "double_t",    "error_t",   "float_t",    "fpos_t",      "fsblkcnt_t",
        "fsid_t",    "gid_t",     "id_t",     "imaxdiv_t",   "ino_t",     "int16_t",    "int32_t",     "int64_t",
        "int8_t",    "intmax_t",  "intptr_t", "key_t",       "ldiv_t",    "lldiv_t",    "locale_t",    "loff_t",
        "mbstate_t", "mode_t",    "nlink_t",  "off_t",       "pid_t",     "ptrdiff_t",  "quad_t",      "register_t",
        "sigset_t",  "size_t",    "ssize_t",  "time_t",      "timer_t",   "u_char",     "u_int",       "uid_t",
        "uint16_t",  "uint32_t",  "uint64_t", "uint8_t",     "uintmax_t", "uintptr_t",  "useconds_t",  "wctype_t",
        "wint_t",    "errno",     "assert",   "NULL",        "EOF",       "NAN",        "INFINITY",    "major",
        "minor",     "makedev",   "linux",    "unix",        "stdin",     "stdout",     "stderr",      "offsetof",
        "signbit",   "isnan",     "isinf",    "isfinite",    "isnormal",  "fpclassify", "suseconds_t", "max_align_t",
        "nullptr_t", "wctrans_t", "va_list",  "sig_atomic_t"};
    return words;
}

/// Variables, functions and types of generated functions, wrappers and test benches that stand where tensors' names do.
const Words& names_of_ours() {
    static const Words words{"i",
                             "p",
                             "b",
                             "k",
                             "e",
                             "beat",
                             "word",
                             "event",
                             "events",
                             "given",
                             "made",
                             "wanted",
                             "raw",
                             "any",
                             "same",
                             "place",
                             "argc",
                             "argv",
                             "check",
                             "ended",
                             "put",
                             "take",
                             "set",
                             "get",
                             "bit_of",
                             "Field",
                             "Check",
                             "vectors",
                             "expected",
                             "results",
                             "end_event",
                             "mismatches",
                             "shown",
                             "input_event",
                             "output_event",
                             "run_events",
                             "run_frames",
                             "given_events",
                             "made_events",
                             "feed_event",
                             "feed_events",
                             "gather_event",
                             "gather_events",
                             "words",
                             "held",
                             "memory",
                             "batch",
                             "left"};
    return words;
}

/// i0, o1, in2, out3: variables of the functions of cores.
bool is_numbered(const std::string& name) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto digits = std::find_if(name.begin(), name.end(), digit);
    constexpr std::array<std::string_view, 4> stems{"i", "o", "in", "out"};
    const std::string_view stem(name.data(), static_cast<std::size_t>(digits - name.begin()));
    return digits != name.end() && std::all_of(digits, name.end(), digit) &&
           std::find(stems.begin(), stems.end(), stem) != stems.end();
}

bool is_reserved(const std::string& name) {
    return words_of_cpp().count(name) != 0 || names_of_headers().count(name) != 0 || names_of_ours().count(name) != 0 ||
           is_numbered(name);
}

constexpr std::array<const char*, 6> of_a_port{"{}", "{}_words", "{}_fields", "{}_last", "read_{}", "write_{}"};
constexpr std::array<const char*, 6> of_a_top{"{}", "{}_axis", "{}_kernel", "{}_firmware", "{}_model", "{}_test"};

} // namespace

std::string identifier(const std::string& text) {
    std::string result;
    for (const char c : text)
        result.push_back(std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_');
    // names that begin with _ are the implementation's
    return result.empty() || result.front() == '_' || std::isdigit(static_cast<unsigned char>(result.front())) != 0
               ? "l" + result
               : result;
}

namespace {

/// Names without a small letter may be a header's macros, which no list could name all.
std::string no_macro(const std::string& wanted) {
    const std::string name = identifier(wanted);
    const bool small = std::any_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    return small || name.size() == 1 ? name : "l" + name;
}

} // namespace

bool can_name(const std::string& name) {
    return identifier(name) == name && words_of_cpp().count(name) == 0 && names_of_headers().count(name) == 0;
}

bool Names::free(const std::string& name) const {
    // a name that ends in _ may be a member's
    return !is_reserved(name) && name.back() != '_' && taken_.count(name) == 0;
}

std::string Names::given(const std::string& wanted, std::span<const char* const> forms) {
    const std::string name = no_macro(wanted);
    std::string result = name;
    const auto all_free = [&] {
        return std::all_of(forms.begin(), forms.end(),
                           [&](const char* form) { return free(fmt::format(fmt::runtime(form), result)); });
    };
    for (std::size_t i = 2; !all_free(); ++i)
        result = fmt::format("{}_{}", name, i);
    for (const char* form : forms)
        taken_.insert(fmt::format(fmt::runtime(form), result));
    return result;
}

std::string Names::unique(const std::string& wanted) {
    return given(wanted, std::span(of_a_port).first(1)); // the name itself
}

std::string Names::port(const std::string& wanted) {
    return given(wanted, of_a_port);
}

void Names::top(const std::string& name) {
    for (const char* form : of_a_top)
        taken_.insert(fmt::format(fmt::runtime(form), name));
}

} // namespace gw::hls
