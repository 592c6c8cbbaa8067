// Frames of RFC 1662 from bytes and back, with the frame check sequence of its appendix C.2 bit by bit: the register
// after a good frame holds f0b8, which is what the receiver looks for.
#include <fmt/format.h>

#include "shell/ecp5/verilog.hpp"
#include "shell/template.hpp"
#include "shell/verilog.hpp"

namespace gw::shell {

namespace {

constexpr const char* crc_text = R"v(
    function [15:0] crc_next;
        input [15:0] old;
        input [7:0]  added;
        integer i;
        begin
            crc_next = old ^ {8'd0, added};
            for (i = 0; i < 8; i = i + 1)
                crc_next = crc_next[0] ? {1'b0, crc_next[15:1]} ^ 16'h8408 : {1'b0, crc_next[15:1]};
        end
    endfunction
)v";

constexpr const char* receive_text =
    R"v(// Requests from bytes. A frame is judged when the flag after it comes; `tag` and `payload` stay until the next byte but one.
module @K@_receive (
    input  wire        clk,
    input  wire        reset,
    input  wire [7:0]  data,
    input  wire        valid,
    input  wire        broken,
    output reg         closed,   // for one clock: something ended here
    output reg  [7:0]  code,     // what it was: a command, or why it is none
    output reg  [7:0]  tag,
    output reg  [@TOP@:0] payload
);
    localparam [7:0] FLAG = 8'h7e, ESCAPE = 8'h7d;
    localparam [7:0] INFO = 8'h@INFO@, EVENT = 8'h@EVENT@;
    localparam [7:0] BAD_CRC = 8'h@CRC@, BAD_COMMAND = 8'h@COMMAND@, BAD_LENGTH = 8'h@LENGTH@, BAD_LINE = 8'h@LINE@;
    localparam [@L@:0] HEAD = @HEAD@, WITHOUT = @WITHOUT@, WHOLE = @WHOLE@, MOST = @MOST@;

    reg [15:0] crc;
    reg [@L@:0]  length;         // bytes so far, at most MOST
    reg        escaped, bad;
    reg [7:0]  command;

    wire       flag  = valid && data == FLAG;
    wire       take  = valid && data != FLAG && data != ESCAPE;
    wire [7:0] value = data ^ {2'b00, escaped, 5'd0};
    wire       short = length == WITHOUT, whole = length == WHOLE;
@CRCNEXT@
    always @(posedge clk) begin
        if (reset) begin
            closed  <= 1'b0;
            length  <= @ZERO@;
            crc     <= 16'hffff;
            escaped <= 1'b0;
            bad     <= 1'b0;
        end else begin
            closed <= flag && (length != @ZERO@ || escaped || bad); // two flags in a row enclose nothing
            if (flag) begin
                length  <= @ZERO@;
                crc     <= 16'hffff;
                escaped <= 1'b0;
                bad     <= 1'b0;
            end else if (valid || broken) begin
                escaped <= valid && data == ESCAPE;
                if (broken || (escaped && data == ESCAPE)) bad <= 1'b1;
                if (take) begin
                    crc <= crc_next(crc, value);
                    if (length != MOST) length <= length + @ONE@;
                end
            end
        end
        if (escaped || bad)             code <= BAD_LINE;
        else if (crc != 16'hf0b8)       code <= BAD_CRC;
        else if (command == INFO)       code <= short ? INFO : BAD_LENGTH;
        else if (command == EVENT)      code <= whole ? EVENT : BAD_LENGTH;
        else                            code <= BAD_COMMAND;
        if (take && length == @ZERO@) command <= value;
        if (take && length == @ONE@) tag <= value;
        if (take && length >= HEAD && length < HEAD + @BYTES@) payload <= @SHIFT@;
    end
endmodule
)v";

constexpr const char* send_text = R"v(// Answers to bytes: flag, code, tag, `count` - 2 bytes of payload, CRC, flag.
module @K@_send (
    input  wire        clk,
    input  wire        reset,
    input  wire        valid,
    output wire        ready,
    input  wire [7:0]  code,
    input  wire [7:0]  tag,
    input  wire [@TOP@:0] payload,
    input  wire [@C@:0]  count,
    output wire [7:0]  data,
    output wire        data_valid,
    input  wire        data_ready
);
    localparam [7:0] FLAG = 8'h7e, ESCAPE = 8'h7d;
    localparam [2:0] IDLE = 3'd0, OPEN = 3'd1, BODY = 3'd2, LOW = 3'd3, HIGH = 3'd4, CLOSE = 3'd5;

    reg [2:0]  state;
    reg        escaped;         // the escape before this byte has gone
    reg [@BODY@:0] body;
    reg [@C@:0]  left;
    reg [15:0] crc;

    wire       bare    = state == OPEN || state == CLOSE;
    wire [7:0] plain   = state == LOW ? ~crc[7:0] : state == HIGH ? ~crc[15:8] : body[7:0];
    wire       special = !bare && (plain == FLAG || plain == ESCAPE);
    wire       sent    = data_valid && data_ready && (!special || escaped);

    assign ready      = state == IDLE;
    assign data_valid = state != IDLE;
    assign data       = bare ? FLAG : escaped ? plain ^ 8'h20 : special ? ESCAPE : plain;
@CRCNEXT@
    always @(posedge clk) begin
        if (reset) begin
            state   <= IDLE;
            escaped <= 1'b0;
        end else begin
            if (data_valid && data_ready) escaped <= special && !escaped;
            case (state)
                IDLE:    if (valid) state <= OPEN;
                OPEN:    if (sent) state <= BODY;
                BODY:    if (sent && left == @ONE@) state <= LOW;
                LOW:     if (sent) state <= HIGH;
                HIGH:    if (sent) state <= CLOSE;
                default: if (sent) state <= IDLE;
            endcase
        end
        if (ready) begin
            body <= {payload, tag, code};
            left <= count;
            crc  <= 16'hffff;
        end else if (sent && state == BODY) begin
            body <= {8'd0, body[@BODY@:8]};
            left <= left - @ONE@;
            crc  <= crc_next(crc, body[7:0]);
        end
    end
endmodule
)v";

std::string number(std::uint32_t bits, std::uint32_t value) {
    return fmt::format("{}'d{}", bits, value);
}
std::string hex(std::uint8_t value) {
    return fmt::format("{:02x}", value);
}

} // namespace

std::string uart_receive_verilog(const std::string& prefix, std::uint32_t event_bytes) {
    constexpr std::uint32_t head = 2, tail = 2; // command and tag; CRC
    const std::uint32_t most = event_bytes + head + tail + 1, bits = ceil_log2(most + 1);
    return fill(receive_text,
                {{"K", prefix},
                 {"TOP", std::to_string(8 * event_bytes - 1)},
                 {"INFO", hex(serial::info)},
                 {"EVENT", hex(serial::event)},
                 {"CRC", hex(serial::bad_crc)},
                 {"COMMAND", hex(serial::bad_command)},
                 {"LENGTH", hex(serial::bad_length)},
                 {"LINE", hex(serial::bad_line)},
                 {"L", std::to_string(bits - 1)},
                 {"HEAD", number(bits, head)},
                 {"WITHOUT", number(bits, head + tail)},
                 {"WHOLE", number(bits, event_bytes + head + tail)},
                 {"MOST", number(bits, most)},
                 {"ZERO", number(bits, 0)},
                 {"ONE", number(bits, 1)},
                 {"BYTES", number(bits, event_bytes)},
                 {"SHIFT", event_bytes == 1 ? std::string("value")
                                            : fmt::format("{{value, payload[{}:8]}}", 8 * event_bytes - 1)},
                 {"CRCNEXT", crc_text}});
}

std::string uart_send_verilog(const std::string& prefix, std::uint32_t payload_bytes) {
    const std::uint32_t bits = ceil_log2(payload_bytes + 3);
    return fill(send_text, {{"K", prefix},
                            {"TOP", std::to_string(8 * payload_bytes - 1)},
                            {"BODY", std::to_string(8 * payload_bytes + 15)},
                            {"C", std::to_string(bits - 1)},
                            {"ONE", number(bits, 1)},
                            {"CRCNEXT", crc_text}});
}

} // namespace gw::shell
