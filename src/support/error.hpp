// The one exception type of Gatewright. A message names what is wrong, where it stands, and what to do about it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace gw::support {

/// Whose move it is: the user can mend `user`; `unsupported` is a limit of ours stated plainly; `internal` is our bug.
enum class ErrorKind { user, unsupported, internal, interrupted };

class Error : public std::runtime_error {
  public:
    /// @param what   what is wrong, one sentence without a full stop
    /// @param where  file, layer, attribute, row ...; may be empty
    /// @param remedy what the reader can do; may be empty
    Error(ErrorKind kind, std::string what, std::string where = {}, std::string remedy = {});

    ErrorKind kind() const { return kind_; }
    const std::string& problem() const { return what_; }
    const std::string& where() const { return where_; }
    const std::string& remedy() const { return remedy_; }

  private:
    ErrorKind kind_;
    std::string what_, where_, remedy_;
};

/// The three usual ways to fail, as expressions to throw.
Error user_error(std::string what, std::string where = {}, std::string remedy = {});
Error unsupported(std::string what, std::string where = {}, std::string remedy = {});
Error internal_error(std::string what, std::string where = {});

} // namespace gw::support
