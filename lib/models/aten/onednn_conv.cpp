#include "models/aten/onednn_conv.h"

#include <array>
#include <string_view>

#include <ATen/ATen.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>

namespace closet {

namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using Text = std::optional<c10::string_view>;

using PackSignature = at::Tensor(const at::Tensor& weight, at::IntArrayRef padding,
                                 at::IntArrayRef stride, at::IntArrayRef dilation,
                                 std::int64_t groups, at::OptionalIntArrayRef input_size);
using ConvSignature = at::Tensor(const at::Tensor& x, const at::Tensor& weight,
                                 const std::optional<at::Tensor>& bias, at::IntArrayRef padding,
                                 at::IntArrayRef stride, at::IntArrayRef dilation,
                                 std::int64_t groups, c10::string_view activation,
                                 Scalars parameters, Text algorithm);
using BinarySignature = at::Tensor(const at::Tensor& x, const at::Tensor& other,
                                   const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                                   at::IntArrayRef padding, at::IntArrayRef stride,
                                   at::IntArrayRef dilation, std::int64_t groups,
                                   c10::string_view operation, std::optional<at::Scalar> alpha,
                                   Text activation, Scalars parameters, Text algorithm);

template <class Signature>
std::optional<c10::TypedOperatorHandle<Signature>> find_operator(const char* name,
                                                                 const char* overload) {
    const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!handle) {
        return std::nullopt;
    }
    return handle->typed<Signature>();
}

struct Operators {
    std::optional<c10::TypedOperatorHandle<PackSignature>> pack =
        find_operator<PackSignature>("mkldnn::_reorder_convolution_weight", "");
    std::optional<c10::TypedOperatorHandle<ConvSignature>> conv =
        find_operator<ConvSignature>("mkldnn::_convolution_pointwise", "");
    std::optional<c10::TypedOperatorHandle<BinarySignature>> conv_add =
        find_operator<BinarySignature>("mkldnn::_convolution_pointwise", "binary");
};

const Operators& operators() {
    static const Operators all;
    return all;
}

/// The arguments that all three share.
struct Geometry {
    std::array<std::int64_t, 2> padding{}, stride{}, dilation{};
    std::int64_t groups;

    explicit Geometry(const ConvNode& conv, std::int64_t channels)
        : groups(conv.depthwise ? channels : 1) {
        const KernelWindow& window = conv.window;
        if (window.is_symmetric()) {
            padding = {window.pad_top, window.pad_left};
        }
        stride = {window.stride_h, window.stride_w};
        dilation = {window.dilation_h, window.dilation_w};
    }
};

c10::string_view name_of(Activation activation) {
    switch (activation) {
        case Activation::kNone:
            break;
        case Activation::kRelu:
            return "relu";
        case Activation::kRelu6:
            return "hardtanh";
        case Activation::kHardSwish:
            return "hardswish";
        case Activation::kSigmoid:
            return "sigmoid";
        case Activation::kSilu:
            return "swish";
        case Activation::kHardSigmoid:
            return "hardsigmoid";
    }
    return "none";
}

}  // namespace

bool onednn_has(at::ScalarType dtype) {
    const Operators& all = operators();
    return all.pack && all.conv && all.conv_add && at::globalContext().userEnabledMkldnn() &&
           (dtype == at::kFloat || dtype == at::kBFloat16);
}

at::Tensor onednn_pack(const at::Tensor& weight, const ConvNode& conv, at::IntArrayRef input_size) {
    const Geometry geometry(conv, weight.size(0));
    return operators().pack->call(weight, geometry.padding, geometry.stride, geometry.dilation,
                                  geometry.groups, input_size);
}

at::Tensor onednn_conv(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                       const ConvNode& conv, const std::optional<at::Tensor>& residual) {
    const Geometry geometry(conv, bias.size(0));
    if (!residual || conv.residual_last) {
        Scalars parameters;
        if (conv.activation == Activation::kRelu6) {
            parameters.push_back(at::Scalar(0.0));
            parameters.push_back(at::Scalar(6.0));
        }
        at::Tensor y = operators().conv->call(x, packed, bias, geometry.padding, geometry.stride,
                                              geometry.dilation, geometry.groups,
                                              name_of(conv.activation), parameters, std::nullopt);
        return residual ? y.add_(*residual) : y;
    }
    // The sum form fuses no clamp but ReLU's; the upper bound of ReLU6 follows in place.
    const bool rectify =
        conv.activation == Activation::kRelu || conv.activation == Activation::kRelu6;
    at::Tensor y =
        operators().conv_add->call(x, *residual, packed, bias, geometry.padding, geometry.stride,
                                   geometry.dilation, geometry.groups, "add", at::Scalar(1.0),
                                   rectify ? Text("relu") : std::nullopt, Scalars(), std::nullopt);
    switch (conv.activation) {
        case Activation::kNone:
        case Activation::kRelu:
            break;
        case Activation::kRelu6:
            y.clamp_max_(6);
            break;
        case Activation::kHardSwish:
            at::hardswish_(y);
            break;
        case Activation::kSigmoid:
            y.sigmoid_();
            break;
        case Activation::kSilu:
            at::silu_(y);
            break;
        case Activation::kHardSigmoid:
            at::hardsigmoid_(y);
            break;
    }
    return y;
}

}  // namespace closet
