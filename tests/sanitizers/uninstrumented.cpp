// What the sanitizers need to know of libraries that were not compiled for them.
// libhdf5: given a damaged file it asks for absurd amounts of memory (and takes no for an answer), and keeps what it
// had allocated for it. libstdc++: the atomic count of an exception_ptr's owners is inside the library, so that the
// thread sanitizer takes the last owner's delete for a race with an earlier owner's reading.
extern "C" const char* __asan_default_options();
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions();

extern "C" const char* __asan_default_options() {
    return "allocator_may_return_null=1";
}
extern "C" const char* __tsan_default_options() {
    return "allocator_may_return_null=1";
}
extern "C" const char* __tsan_default_suppressions() {
    return "race:std::__exception_ptr::exception_ptr::_M_release";
}
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libhdf5";
}
