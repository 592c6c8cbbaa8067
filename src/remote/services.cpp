#include "remote/services.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "buffer.grpc.pb.h"
#include "mmio.grpc.pb.h"
#include "remote_device.grpc.pb.h"
#include "support/error.hpp"

namespace gw::remote {
namespace {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;

/// A message of 4 MiB is refused by the client, its framing included; larger ones mean fewer copies there.
constexpr std::size_t largest_message = 4'194'299;

/// PYNQ's channels are insecure ones, to which gRPC's own authentication does not apply, and a call that an interceptor
/// cancels still reaches its service: so each method asks.
Status permitted(const Shared& shared, const ServerContext& context) {
    if (shared.token.empty())
        return Status::OK;
    const auto found = context.client_metadata().find("authorization");
    const bool good = found != context.client_metadata().end() &&
                      std::string(found->second.data(), found->second.size()) == "Bearer " + shared.token;
    return good ? Status::OK : Status(StatusCode::UNAUTHENTICATED, "this card wants a token");
}

/// Where a reply has a message, the client raises it.
template <class Reply, class Work>
Status told(const Shared& shared, const ServerContext* context, Reply* reply, const Work& work) {
    if (Status status = permitted(shared, *context); !status.ok())
        return status;
    try {
        work();
    } catch (const support::Error& error) {
        reply->set_msg(error.what());
    }
    return Status::OK;
}
/// Where it has none, or ignores it, only a status is seen.
template <class Work>
Status refused(const Shared& shared, const ServerContext* context, StatusCode code, const Work& work) {
    if (Status status = permitted(shared, *context); !status.ok())
        return status;
    try {
        work();
        return Status::OK;
    } catch (const support::Error& error) {
        return {code, error.what()};
    }
}

class DeviceService final : public remote_device::RemoteDevice::Service {
  public:
    explicit DeviceService(const Shared& shared) : shared_(shared) {}

    Status existsfile(ServerContext* context, const remote_device::FilePath* given,
                      remote_device::Exists* reply) override {
        if (Status status = permitted(shared_, *context); !status.ok())
            return status;
        reply->set_exists(shared_.files.exists(given->file_path()));
        return Status::OK;
    }
    Status readfile(ServerContext* context, const remote_device::FilePath* given,
                    grpc::ServerWriter<remote_device::FileData>* out) override {
        if (Status status = permitted(shared_, *context); !status.ok())
            return status;
        const auto contents = shared_.files.read(given->file_path());
        if (!contents)
            return {StatusCode::NOT_FOUND, "this card has no file " + given->file_path()};
        for (std::size_t at = 0; at < contents->size(); at += largest_message) {
            remote_device::FileData part;
            part.set_data(contents->substr(at, largest_message));
            if (!out->Write(part))
                break; // the client is gone
        }
        return Status::OK;
    }
    Status writefile(ServerContext* context, grpc::ServerReader<remote_device::FilePart>* in,
                     remote_device::Nothing*) override {
        if (Status status = permitted(shared_, *context); !status.ok())
            return status;
        remote_device::FilePart part;
        std::string path, contents;
        while (in->Read(&part)) {
            path = part.file_path();
            if (!shared_.files.may_write(path))
                return {StatusCode::PERMISSION_DENIED, "this card has no place for a file " + path};
            if (contents.size() + part.data().size() > Files::largest)
                return {StatusCode::RESOURCE_EXHAUSTED, "the file is too large: " + path};
            contents += part.data();
        }
        if (context->IsCancelled() || path.empty())
            return Status::OK; // cut off, or nothing was sent: nothing is kept
        if (path == Files::firmware)
            return program(context, contents);
        shared_.files.write(path, std::move(contents));
        return Status::OK;
    }
    Status set_bitstream_attrs(ServerContext* context, const remote_device::BitstreamAttributes*,
                               remote_device::Status* reply) override {
        reply->set_status(true);
        return permitted(shared_, *context);
    }

  private:
    /// Firmware of that name was sent before; it must be this card's own design.
    Status program(const ServerContext* context, const std::string& name) {
        return refused(shared_, context, StatusCode::FAILED_PRECONDITION, [&] {
            const auto sent =
                shared_.files.read("/lib/firmware/" + name.substr(0, name.find_first_of(std::string_view("\0\n", 2))));
            if (!sent)
                throw support::user_error("no firmware " + name + " was sent", {}, "load the overlay by its .bit");
            if (*sent != shared_.overlay.payload)
                throw support::user_error(
                    fmt::format("the bitstream is of another design; this card simulates {}", shared_.overlay.name),
                    name, "load the .bit that gatewright card wrote for this bundle");
            if (!shared_.any_may_program)
                shared_.sessions.claim(context->peer());
            shared_.board.program();
            shared_.log(context->peer() + " has loaded " + shared_.overlay.name);
        });
    }
    Shared shared_;
};

class MmioService final : public mmio::Mmio::Service {
  public:
    explicit MmioService(const Shared& shared) : shared_(shared) {}

    Status get_mmio(ServerContext* context, const mmio::Range* given, mmio::Opened* reply) override {
        return told(shared_, context, reply, [&] {
            reply->set_mmio_id(shared_.sessions.open_range(context->peer(), given->base_addr(), given->length()));
            reply->set_status(true);
        });
    }
    Status read(ServerContext* context, const mmio::ReadRequest* given, mmio::ReadResult* reply) override {
        return told(shared_, context, reply, [&] {
            const std::uint64_t address =
                place(given->mmio_id(), given->offset(), std::max<std::uint64_t>(given->length(), 1));
            std::uint32_t value = shared_.board.read(address);
            if (given->length() < 4) // the first bytes, little endian
                value &= (1U << (8 * given->length())) - 1;
            reply->set_data(value);
            reply->set_status(true);
        });
    }
    Status write(ServerContext* context, const mmio::WriteRequest* given, mmio::WriteResult* reply) override {
        return told(shared_, context, reply, [&] {
            const std::string& data = given->data();
            if (data.size() % 4 != 0)
                throw support::user_error(fmt::format("{} bytes are no whole registers", data.size()), {},
                                          "write multiples of 4");
            const std::uint64_t address = place(given->mmio_id(), given->offset(), data.size());
            for (std::size_t at = 0; at < data.size(); at += 4) {
                std::uint32_t value = 0;
                std::memcpy(&value, data.data() + at, 4);
                shared_.board.write(address + at, value);
            }
            reply->set_status(true);
        });
    }

  private:
    std::uint64_t place(const std::string& id, std::uint64_t offset, std::uint64_t length) const {
        const HeldRange range = shared_.sessions.range(id);
        if (offset % 4 != 0 || offset > range.length || length > range.length - offset)
            throw support::user_error(
                fmt::format("offset {:#x} is no register of this range of {:#x} bytes", offset, range.length), {},
                "stay within the IP's address range, at multiples of 4");
        return range.base + offset;
    }
    Shared shared_;
};

class BufferService final : public buffer::RemoteBuffer::Service {
  public:
    explicit BufferService(const Shared& shared) : shared_(shared) {}

    Status allocate(ServerContext* context, const buffer::AllocateRequest* given, buffer::Allocated* reply) override {
        return refused(shared_, context, StatusCode::RESOURCE_EXHAUSTED, [&] {
            reply->set_buffer_id(
                shared_.sessions.allocate(context->peer(), static_cast<std::uint32_t>(std::max(given->size(), 0))));
        });
    }
    /// Kept until all of it has come, and of the right size: a slice must not overwrite the buffer's beginning.
    Status write(ServerContext* context, grpc::ServerReader<buffer::Part>* in, buffer::Result* reply) override {
        return told(shared_, context, reply, [&] {
            buffer::Part part;
            std::string data, id;
            while (in->Read(&part)) {
                id = part.buffer_id();
                const std::size_t room = shared_.sessions.buffer(id).bytes;
                data.reserve(room);
                if (data.size() + part.data().size() > room)
                    throw support::user_error("more data than the buffer holds", {}, "write whole buffers");
                data += part.data();
            }
            if (context->IsCancelled())
                return;
            const HeldBuffer held = shared_.sessions.buffer(id);
            if (data.size() != held.bytes)
                throw support::user_error(fmt::format("{} bytes for a buffer of {}", data.size(), held.bytes), {},
                                          "synchronise whole buffers: PYNQ.remote cannot say where a slice begins");
            shared_.board.card().write_memory(held.address, std::as_bytes(std::span(data)));
        });
    }
    Status read(ServerContext* context, const buffer::Whole* given, grpc::ServerWriter<buffer::Data>* out) override {
        return refused(shared_, context, StatusCode::NOT_FOUND, [&] {
            const HeldBuffer held = shared_.sessions.buffer(given->buffer_id());
            for (std::size_t at = 0; at < held.bytes; at += largest_message) {
                std::string data(std::min<std::size_t>(largest_message, held.bytes - at), '\0');
                shared_.board.card().read_memory(held.address + at, std::as_writable_bytes(std::span(data)));
                buffer::Data part;
                part.set_data(std::move(data));
                if (!out->Write(part))
                    return;
            }
        });
    }
    Status flush(ServerContext* context, const buffer::Id* given, buffer::Result* reply) override {
        return told(shared_, context, reply,
                    [&] { shared_.sessions.buffer(given->buffer_id()); }); // the card's memory is always true
    }
    Status invalidate(ServerContext* context, const buffer::Id* given, buffer::Result* reply) override {
        return told(shared_, context, reply, [&] { shared_.sessions.buffer(given->buffer_id()); });
    }
    Status freebuffer(ServerContext* context, const buffer::Id* given, buffer::Result* reply) override {
        return told(shared_, context, reply, [&] { shared_.sessions.free(context->peer(), given->buffer_id()); });
    }
    Status physical_address(ServerContext* context, const buffer::Id* given, buffer::Address* reply) override {
        return told(shared_, context, reply,
                    [&] { reply->set_address(shared_.sessions.buffer(given->buffer_id()).address); });
    }
    Status virtual_address(ServerContext* context, const buffer::Id* given, buffer::Address* reply) override {
        return physical_address(context, given, reply);
    }
    Status cacheable(ServerContext* context, const buffer::Id* given, buffer::Cacheable* reply) override {
        return told(shared_, context, reply, [&] {
            shared_.sessions.buffer(given->buffer_id());
            reply->set_cacheable(true);
        });
    }

  private:
    Shared shared_;
};

} // namespace

std::vector<std::unique_ptr<grpc::Service>> make_services(const Shared& shared) {
    std::vector<std::unique_ptr<grpc::Service>> services;
    services.push_back(std::make_unique<DeviceService>(shared));
    services.push_back(std::make_unique<MmioService>(shared));
    services.push_back(std::make_unique<BufferService>(shared));
    return services;
}

} // namespace gw::remote
