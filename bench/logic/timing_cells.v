// Stand-ins with known delays for the two primitives of ours that Yosys has no timing of, so that `sta` can walk through them.
module LUT6_2(output O6, output O5, input I0, I1, I2, I3, I4, I5);
    parameter [63:0] INIT = 0; // ours leave I4 at 0 and I5 at 1
    LUT4 #(.INIT(INIT[47:32])) upper(.O(O6), .I0(I0), .I1(I1), .I2(I2), .I3(I3));
    LUT3 #(.INIT(INIT[7:0])) lower(.O(O5), .I0(I0), .I1(I1), .I2(I2));
endmodule
module CARRY8(output [7:0] CO, output [7:0] O, input CI, input CI_TOP, input [7:0] DI, S);
    parameter CARRY_TYPE = "SINGLE_CY8";
    CARRY4 lower(.CO(CO[3:0]), .O(O[3:0]), .CI(CI), .CYINIT(1'b0), .DI(DI[3:0]), .S(S[3:0]));
    CARRY4 upper(.CO(CO[7:4]), .O(O[7:4]), .CI(CO[3]), .CYINIT(1'b0), .DI(DI[7:4]), .S(S[7:4]));
endmodule
