# gw_room(NAME [USES room...] [LIBRARIES target...]): the library gw_NAME of every source in src/NAME.
# A room without sources yet (or a header-only one) is an interface library.
function(gw_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  list(TRANSFORM ROOM_USES PREPEND gw_)
  if(sources)
    add_library(gw_${name} STATIC ${sources})
    target_include_directories(gw_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(gw_${name} PUBLIC ${ROOM_USES} ${ROOM_LIBRARIES} PRIVATE gw_warnings)
    gw_precompiled(gw_${name})
  else()
    add_library(gw_${name} INTERFACE)
    target_include_directories(gw_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(gw_${name} INTERFACE ${ROOM_USES} ${ROOM_LIBRARIES})
  endif()
endfunction()

# gw_embedded_text(NAME FOLDER): the headers of src/NAME/FOLDER, which are text to the program, as NAME/embedded.hpp declares.
function(gw_embedded_text name folder)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/${folder}/*.h)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers})
  set(entries "")
  foreach(header ${headers})
    get_filename_component(file ${header} NAME)
    file(READ ${header} text)
    string(APPEND entries "        {\"${file}\", R\"gw_text(${text})gw_text\"},\n")
  endforeach()
  set(generated ${CMAKE_BINARY_DIR}/generated/${name}_embedded.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT [[// Made by cmake/Rooms.cmake.
#include "@name@/embedded.hpp"

namespace gw::@name@ {

const std::map<std::string, std::string>& embedded_files() {
    static const std::map<std::string, std::string> files{
@entries@    };
    return files;
}

} // namespace gw::@name@
]])
  target_sources(gw_${name} PRIVATE ${generated})
endfunction()

# gw_test(NAME LINKS target... [LABELS label...]): the test program test_NAME of every source in tests/NAME.
function(gw_test name)
  cmake_parse_arguments(TEST "" "" "LINKS;LABELS;ENVIRONMENT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    list(APPEND sources ${CMAKE_SOURCE_DIR}/tests/sanitizers/uninstrumented.cpp)
  endif()
  add_executable(test_${name} ${sources})
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE ${TEST_LINKS} gw_warnings GTest::gtest_main GTest::gmock)
  gw_precompiled(test_${name} TESTS)
  target_compile_definitions(test_${name} PRIVATE
    GW_SOURCE_DIR="${CMAKE_SOURCE_DIR}" GW_BINARY_DIR="${CMAKE_BINARY_DIR}" GW_SHARED_DIR="${CMAKE_SOURCE_DIR}/../shared")
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}" ENVIRONMENT "${TEST_ENVIRONMENT}" TIMEOUT 1500)
endfunction()
