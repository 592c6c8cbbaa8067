// What the sanitizers need to know of libhdf5: given a damaged file it asks for absurd amounts of memory (and takes no
// for an answer), and keeps what it had allocated for it.
extern "C" const char* __asan_default_options();
extern "C" const char* __tsan_default_options();
extern "C" const char* __lsan_default_suppressions();

extern "C" const char* __asan_default_options() {
    return "allocator_may_return_null=1";
}
extern "C" const char* __tsan_default_options() {
    return "allocator_may_return_null=1";
}
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libhdf5";
}
