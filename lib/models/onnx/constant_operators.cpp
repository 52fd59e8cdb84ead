// Operators of which all operands are constants, as files work out shapes with them: they are
// computed while the file is read.
#include <algorithm>
#include <array>
#include <cmath>

#include "models/onnx/graph_builder.h"

namespace closet {

namespace {

struct BinaryFold {
    std::string_view type;
    double (*of)(double a, double b);
};
constexpr std::array kBinaryFolds{
    BinaryFold{"Add", [](double a, double b) { return a + b; }},
    BinaryFold{"Sub", [](double a, double b) { return a - b; }},
    BinaryFold{"Mul", [](double a, double b) { return a * b; }},
    BinaryFold{"Div", [](double a, double b) { return a / b; }},
    BinaryFold{"Mod", [](double a, double b) { return b == 0 ? 0 : a - b * std::floor(a / b); }},
    BinaryFold{"Max", [](double a, double b) { return std::max(a, b); }},
    BinaryFold{"Min", [](double a, double b) { return std::min(a, b); }},
    BinaryFold{"Equal", [](double a, double b) { return a == b ? 1.0 : 0.0; }},
    BinaryFold{"Pow", [](double a, double b) { return std::pow(a, b); }},
};
double whole_quotient(double a, double b) {
    return b == 0 ? 0 : std::trunc(a / b);
}

struct UnaryFold {
    std::string_view type;
    double (*of)(double x);
};
constexpr std::array kUnaryFolds{
    UnaryFold{"Floor", [](double x) { return std::floor(x); }},
    UnaryFold{"Ceil", [](double x) { return std::ceil(x); }},
    UnaryFold{"Sqrt", [](double x) { return std::sqrt(x); }},
    UnaryFold{"Neg", [](double x) { return -x; }},
    UnaryFold{"Exp", [](double x) { return std::exp(x); }},
};

template <class Folds>
auto fold_of(const Folds& folds, std::string_view type) {
    return std::find_if(folds.begin(), folds.end(),
                        [&](const auto& fold) { return fold.type == type; });
}

}  // namespace

/// True where the current operator was one of them.
bool OnnxGraphBuilder::fold_constants() {
    const std::string& type = node_->type;
    if (type == "ConstantOfShape") {
        repeat_constant();
        return true;
    }
    const auto is_known = [&](const std::string& name) {
        const auto known = known_.find(name);
        return known == known_.end() ? file_.initializers.contains(name)
                                     : std::holds_alternative<OnnxConstant>(known->second);
    };
    const std::size_t count = node_->inputs.size();
    if (count == 0 || !std::all_of(node_->inputs.begin(), node_->inputs.end(), is_known)) {
        return false;
    }
    const auto binary = fold_of(kBinaryFolds, type);
    const bool of_many = type == "Max" || type == "Min";  // of two or any number
    if (binary != kBinaryFolds.end() && (!of_many || count == 2)) {
        const OnnxConstant &a = constant_input(0), &b = constant_input(1);
        const bool is_whole = type == "Div" && !a.is_float() && !b.is_float();
        const Shape shape = fitting(a.shape, b.shape);
        spend(static_cast<std::size_t>(numbers_in(shape)));
        result(combined(a, b, shape, is_whole ? whole_quotient : binary->of));
        return true;
    }
    if (const auto unary = fold_of(kUnaryFolds, type); unary != kUnaryFolds.end()) {
        const OnnxConstant& x = constant_input(0);
        spend(x.size());
        result(combined(x, x, x.shape, [&](double value, double) { return unary->of(value); }));
        return true;
    }
    if (type == "Where" && count == 3) {
        choose_constants();
    } else if (type == "Range") {
        count_up();
    } else {
        return false;
    }
    return true;
}

/// The shape of two constants together.
OnnxGraphBuilder::Shape OnnxGraphBuilder::fitting(const Shape& a, const Shape& b) const {
    Shape shape;
    if (!broadcast_shapes(a, b, shape)) {
        unsupported("combines constants that do not fit each other");
    }
    return shape;
}

void OnnxGraphBuilder::repeat_constant() {
    const Shape shape = integer_inputs(0);
    const std::int64_t count = numbers_in(shape);
    if (count > kMostOnnxNumbers || shape.size() > kMostOnnxAxes) {
        unsupported("makes more numbers than are supported");
    }
    spend(static_cast<std::size_t>(count));
    const auto* stored = attribute("value");
    OnnxConstant value{{}, std::vector<float>{0.0F}};
    if (stored != nullptr && stored->tensor) {
        value = constant(*stored->tensor, file_.name);
    }
    if (value.size() != 1) {
        unsupported("repeats something else than one number");
    }
    result(rearranged(value, shape, [](std::size_t) { return std::size_t{0}; }));
}

/// Where.
void OnnxGraphBuilder::choose_constants() {
    const OnnxConstant &choice = constant_input(0), &a = constant_input(1), &b = constant_input(2);
    const Shape shape = fitting(choice.shape, fitting(a.shape, b.shape));
    if (a.is_float() != b.is_float()) {
        unsupported("chooses between whole numbers and others");
    }
    spend(3 * static_cast<std::size_t>(numbers_in(shape)));
    // All three at the full shape, where a number and its choice have the same place.
    const OnnxConstant zero{{}, std::vector<std::int64_t>{0}};
    const auto spread = [&](const OnnxConstant& of) {
        return combined(zero, of, shape, [](double, double value) { return value; });
    };
    const OnnxConstant is = spread(choice), yes = spread(a);
    OnnxConstant mixed = spread(b);
    std::visit(
        [&](auto& values) {
            using Number = typename std::decay_t<decltype(values)>::value_type;
            for (std::size_t i = 0; i < values.size(); ++i) {
                values[i] = is.at(i) != 0 ? static_cast<Number>(yes.at(i)) : values[i];
            }
        },
        mixed.numbers);
    result(std::move(mixed));
}

/// Range.
void OnnxGraphBuilder::count_up() {
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
        if (constant_input(i).size() != 1) {
            unsupported("counts between what is no number");
        }
    }
    const double start = constant_input(0).at(0), limit = constant_input(1).at(0),
                 step = constant_input(2).at(0);
    const double count = step == 0 ? -1 : std::ceil((limit - start) / step);
    if (!(count >= 0) || count > static_cast<double>(kMostOnnxNumbers)) {
        unsupported("counts without end");
    }
    spend(static_cast<std::size_t>(count));
    OnnxConstant numbers{{static_cast<std::int64_t>(count)}, {}};
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(start + static_cast<double>(i) * step);
    }
    numbers.numbers = values;
    if (!constant_input(0).is_float()) {
        numbers.numbers = numbers.integers();
    }
    result(std::move(numbers));
}

}  // namespace closet
