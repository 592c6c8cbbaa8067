# One interface target carries the warnings, so that generated and third-party code can go without.
add_library(gw_warnings INTERFACE)
target_compile_options(gw_warnings INTERFACE -Wall -Wextra -Wpedantic -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports std::string's own code here at -O2 (gcc bug 105651).
  target_compile_options(gw_warnings INTERFACE -Wno-restrict)
endif()
