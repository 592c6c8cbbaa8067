// Ctrl-C as an ordinary error: long loops ask, and unwind cleanly.
#pragma once

namespace gw::support {

/// Installs handlers for SIGINT and SIGTERM; a second request, half a second later or more, ends the program at once.
void install_interrupt_handlers();
bool interrupted();
/// Throws support::Error of kind interrupted if a signal has come.
void throw_if_interrupted();

} // namespace gw::support
