#include <gtest/gtest.h>

#include "formal/form.hpp"

namespace gw::test {
namespace {

using formal::Atom;
using formal::Form;

const Atom x{Atom::Kind::node, 0}, y{Atom::Kind::node, 1};

TEST(Form, SumsCancel) {
    Form form(x);
    form.add(Form(y), 3);
    form.add(Form(x).moved(-2), -4);
    EXPECT_EQ(form.terms().size(), 1U);
    EXPECT_EQ(form.shift(), 0);
    EXPECT_EQ(form, [] {
        Form three;
        three.add(Form(y), 3);
        return three;
    }());
}

TEST(Form, RangeOfAnIntegerIsRoundedInwards) {
    const Form form = Form(x).plus(-3).moved(-3); // (x - 3) / 8
    const auto of = [](Atom) { return fixed::Interval{0, 20, 0}; };
    EXPECT_EQ(form.range(of), (fixed::Interval{0, 2, 0}));
}

TEST(Form, CongruentOnlyWhereEveryCoefficientIs) {
    Form form(x);
    form.add(Form(y), 16);
    EXPECT_TRUE(congruent(form, Form(x), 4));
    EXPECT_FALSE(congruent(form, Form(x), 5));
    EXPECT_TRUE(congruent(form.plus(32), form, 5));
    EXPECT_FALSE(congruent(form.plus(8), form, 5));
    EXPECT_FALSE(congruent(Form(x).moved(-1), Form(x), 1)); // half of it may be anything
}

TEST(Form, WideCoefficientsAreRefused) {
    EXPECT_THROW(Form(x).moved(121), std::runtime_error);
}

} // namespace
} // namespace gw::test
