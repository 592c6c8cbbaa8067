# One interface target carries the warnings, so that generated and third-party code can go without.
add_library(gw_warnings INTERFACE)
target_compile_options(gw_warnings INTERFACE -Wall -Wextra -Wpedantic -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    # With a sanitizer's checks in the way g++ 12 no longer sees that a std::optional is engaged (gcc bug 80635).
    target_compile_options(gw_warnings INTERFACE -Wno-maybe-uninitialized)
  endif()
  # g++ 12 reports std::string's own code here at -O2 (gcc bug 105651).
  target_compile_options(gw_warnings INTERFACE -Wno-restrict)
endif()
