// Only the gates below the wanted literals become clauses, three a gate (Tseitin's encoding).
#include "formal/sat.hpp"

#include <cadical.hpp>

namespace gw::formal {
namespace {

class Deadline : public CaDiCaL::Terminator {
  public:
    explicit Deadline(Clock::time_point until) : until_(until) {}
    bool terminate() override { return Clock::now() >= until_; }

  private:
    Clock::time_point until_;
};

std::vector<bool> needed(const Aig& aig, const std::vector<Literal>& wanted) {
    std::vector<bool> marks(aig.gates().size(), false);
    for (const Literal literal : wanted)
        marks[literal >> 1] = true;
    for (std::size_t gate = marks.size(); gate-- > 1;) // gates come before their users
        if (marks[gate]) {
            marks[aig.gates()[gate].a >> 1] = true;
            marks[aig.gates()[gate].b >> 1] = true;
        }
    return marks;
}

int variable(Literal literal) {
    const int number = static_cast<int>(literal >> 1) + 1;
    return (literal & 1U) != 0 ? -number : number;
}

void clause(CaDiCaL::Solver& solver, std::initializer_list<int> literals) {
    for (const int literal : literals)
        solver.add(literal);
    solver.add(0);
}

} // namespace

Solution solve(const Aig& aig, const std::vector<Literal>& wanted, Clock::time_point until) {
    for (const Literal literal : wanted)
        if (literal == always_false)
            return {Answer::impossible, {}};
    CaDiCaL::Solver solver;
    solver.set("quiet", 1);
    Deadline deadline(until);
    solver.connect_terminator(&deadline);
    const std::vector<bool> marks = needed(aig, wanted);
    clause(solver, {-variable(2 * 0)});
    for (std::uint32_t gate = 1; gate < marks.size(); ++gate)
        if (marks[gate] && !aig.is_input(gate)) {
            const int y = variable(2 * gate), a = variable(aig.gates()[gate].a), b = variable(aig.gates()[gate].b);
            clause(solver, {-y, a});
            clause(solver, {-y, b});
            clause(solver, {y, -a, -b});
        }
    for (const Literal literal : wanted)
        clause(solver, {variable(literal)});
    const int status = solver.solve();
    Solution solution;
    solution.answer = status == 20 ? Answer::impossible : status == 10 ? Answer::possible : Answer::no_time;
    if (status == 10)
        for (const std::uint32_t gate : aig.inputs())
            solution.inputs.push_back(marks[gate] && solver.val(static_cast<int>(gate) + 1) > 0);
    solver.disconnect_terminator();
    return solution;
}

} // namespace gw::formal
