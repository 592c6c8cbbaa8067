// Texts of the Alveo project's files, with marks. Inside this room only.
#pragma once

namespace gw::shell {

extern const char* const alveo_package_text;  ///< package_kernel.tcl
extern const char* const alveo_makefile_text; ///< Makefile
extern const char* const alveo_readme_text;   ///< README.md

} // namespace gw::shell
