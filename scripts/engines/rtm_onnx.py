"""RTMPose and RTMDet as ONNX graphs, from a state dict, for timing other engines on the same weights.

BatchNorm is folded in float64, as closet does at load. Layers follow OpenMMLab's CSPNeXt, RTMCC head, CSPNeXtPAFPN and
RTMDet head; inputs are normalized already and results are the raw heads.
"""
import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

OPSET = 17


class Graph:
    """Appends nodes; values are names."""

    def __init__(self, weights):
        self.weights = fold(weights)
        self.nodes, self.constants, self.known = [], [], {}

    def op(self, kind, *inputs, outputs=1, **attributes):
        names = [f"{kind}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, array):
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.known:
            self.known[key] = f"constant_{len(self.constants)}"
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), self.known[key]))
        return self.known[key]

    def floats(self, *values):
        return self.constant(np.array(values, np.float32) if len(values) > 1 else np.float32(values[0]))

    def integers(self, *values):
        return self.constant(np.array(values, np.int64))

    def silu(self, x):
        return self.op("Mul", x, self.op("Sigmoid", x))

    def conv(self, prefix, x, stride=1, activation=True):
        name = prefix + ".conv" if prefix + ".conv.weight" in self.weights else prefix
        weight = self.weights[name + ".weight"]
        kernel = weight.shape[-1]
        depthwise = weight.shape[1] == 1 and kernel > 1
        y = self.op("Conv", x, self.constant(weight), self.constant(self.weights[name + ".bias"]),
                    kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4,
                    group=weight.shape[0] if depthwise else 1)
        return self.silu(y) if activation else y

    def separable(self, prefix, x, stride=1):
        """A depthwise and a pointwise convolution where the checkpoint has them, else a plain one."""
        if prefix + ".depthwise_conv.conv.weight" in self.weights:
            return self.conv(prefix + ".pointwise_conv", self.conv(prefix + ".depthwise_conv", x, stride))
        return self.conv(prefix, x, stride)

    def concat(self, *parts):
        return self.op("Concat", *parts, axis=1)

    def linear(self, name, x):
        return self.op("MatMul", x, self.constant(self.weights[name + ".weight"].T))

    def csp_layer(self, prefix, x, residual):
        main, short, block = self.conv(prefix + ".main_conv", x), self.conv(prefix + ".short_conv", x), 0
        while f"{prefix}.blocks.{block}.conv2.pointwise_conv.conv.weight" in self.weights:
            y = self.separable(f"{prefix}.blocks.{block}.conv2", self.separable(f"{prefix}.blocks.{block}.conv1", main))
            main = self.op("Add", y, main) if residual else y
            block += 1
        z = self.concat(main, short)
        if prefix + ".attention.fc.weight" in self.weights:
            mean = self.op("GlobalAveragePool", z)
            gate = self.op("HardSigmoid", self.conv(prefix + ".attention.fc", mean, activation=False), alpha=1 / 6, beta=0.5)
            z = self.op("Mul", z, gate)
        return self.conv(prefix + ".final_conv", z)

    def cspnext(self, x):
        for i in range(3):
            x = self.conv(f"backbone.stem.{i}", x, 2 if i == 0 else 1)
        stages = []
        for i in range(1, 5):
            x = self.separable(f"backbone.stage{i}.0", x, 2)
            if i == 4:
                pools = [self.conv("backbone.stage4.1.conv1", x)]
                for _ in range(3):
                    pools.append(self.op("MaxPool", pools[-1], kernel_shape=[5, 5], strides=[1, 1], pads=[2] * 4))
                x = self.conv("backbone.stage4.1.conv2", self.concat(*pools))
            x = self.csp_layer(f"backbone.stage{i}.{2 if i == 4 else 1}", x, residual=i < 4)
            stages.append(x)
        return stages

    def scale_norm(self, x, name, size):
        norm = self.op("ReduceL2", x, axes=[-1], keepdims=1)
        norm = self.op("Max", self.op("Mul", norm, self.floats(size ** -0.5)), self.floats(1e-5))
        return self.op("Mul", self.op("Div", x, norm), self.constant(self.weights[name]))

    def model(self, shape, outputs, rank):
        graph = helper.make_graph(
            self.nodes, "rtm", [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", *shape])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * rank) for name in outputs], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 9
        checker.check_model(model)
        return model.SerializeToString()


def fold(weights):
    """BatchNorm into the convolution before it."""
    folded = {}
    for name, value in weights.items():
        norm = name.removesuffix("conv.weight") + "bn."
        if name.endswith(".conv.weight") and norm + "weight" in weights:
            parts = (weights[norm + part].astype(np.float64) for part in ("weight", "bias", "running_mean", "running_var"))
            gain, shift, mean, variance = parts
            scale = gain / np.sqrt(variance + 1e-5)
            folded[name] = (value * scale[:, None, None, None]).astype(np.float32)
            folded[name.removesuffix("weight") + "bias"] = (shift - mean * scale).astype(np.float32)
        elif ".bn." not in name:
            folded[name] = np.asarray(value, np.float32)
    return folded


def rtmpose(weights, height=256, width=192):
    """ONNX bytes; outputs simcc_x and simcc_y."""
    g = Graph(weights)
    x = g.conv("head.final_layer", g.cspnext("input")[-1], activation=False)
    x = g.op("Reshape", x, g.integers(0, 0, -1))
    x = g.linear("head.mlp.1", g.scale_norm(x, "head.mlp.0.g", height // 32 * (width // 32)))
    size = g.weights["head.mlp.1.weight"].shape[0]
    expanded, attention = 2 * size, g.weights["head.gau.gamma"].shape[1]
    h = g.silu(g.linear("head.gau.uv", g.scale_norm(x, "head.gau.ln.g", size)))
    u, v, base = g.op("Split", h, g.integers(expanded, expanded, attention), outputs=3, axis=2)
    query, key = (g.op("Add", g.op("Mul", base, g.constant(g.weights["head.gau.gamma"][i])),
                       g.constant(g.weights["head.gau.beta"][i])) for i in (0, 1))
    scores = g.op("MatMul", query, g.op("Transpose", key, perm=[0, 2, 1]))
    kernel = g.op("Relu", g.op("Mul", scores, g.floats(attention ** -0.5)))
    kernel = g.op("Mul", kernel, kernel)
    y = g.linear("head.gau.o", g.op("Mul", u, g.op("MatMul", kernel, v)))
    x = g.op("Add", g.op("Mul", x, g.constant(g.weights["head.gau.res_scale.scale"])), y)
    return g.model((3, height, width), [g.linear("head.cls_x", x), g.linear("head.cls_y", x)], rank=3)


def rtmdet(weights, size=320):
    """ONNX bytes; outputs the class logits of the three levels, then their raw distances."""
    g = Graph(weights)
    def double(x):
        return g.op("Resize", x, "", g.floats(1, 1, 2, 2), mode="nearest", nearest_mode="floor",
                    coordinate_transformation_mode="asymmetric")
    _, c2, c3, c4 = g.cspnext("input")
    t4 = g.conv("neck.reduce_layers.0", c4)
    p3 = g.csp_layer("neck.top_down_blocks.0", g.concat(double(t4), c3), False)
    t3 = g.conv("neck.reduce_layers.1", p3)
    p2 = g.csp_layer("neck.top_down_blocks.1", g.concat(double(t3), c2), False)
    n3 = g.csp_layer("neck.bottom_up_blocks.0", g.concat(g.separable("neck.downsamples.0", p2, 2), t3), False)
    n4 = g.csp_layer("neck.bottom_up_blocks.1", g.concat(g.separable("neck.downsamples.1", n3, 2), t4), False)
    classes, distances = [], []
    for level, x in enumerate((p2, n3, n4)):
        x = g.separable(f"neck.out_convs.{level}", x)
        for branch, results in (("cls", classes), ("reg", distances)):
            y = x
            for i in (0, 1):
                y = g.separable(f"bbox_head.{branch}_convs.{level}.{i}", y)
            results.append(g.conv(f"bbox_head.rtm_{branch}.{level}", y, activation=False))
    return g.model((3, size, size), classes + distances, rank=4)
