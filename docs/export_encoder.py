#!/usr/bin/env python3
"""Exports a tile encoder to ONNX, with the card that `mhim encoder add` takes.

    python export_encoder.py resnet50 --out export
    mhim encoder add export/resnet50.json

Needs torch, torchvision, onnx and Pillow; timm and huggingface_hub for the models from Hugging Face, whose licence you must have
accepted there (`huggingface-cli login`). The card also gets the first numbers that the original model gives for a test picture:
`mhim encoder add` compares its own with them, so a wrong mean, colour order, resizing or pooling does not pass.
"""
import argparse
import inspect
import json
import pathlib
import tempfile

import numpy as np
import torch
from PIL import Image
from torch import nn


class Encoder:
    """A model, the transform that its authors give with it, and what of its output is the vector."""

    def __init__(self, model, transform, tile, mpp, licence, source, pooling="none", prefix=1, id=None):
        self.model, self.transform, self.tile, self.mpp = model.eval(), transform, tile, mpp
        self.licence, self.source, self.pooling, self.prefix, self.id = licence, source, pooling, prefix, id


def resnet50(untrained):
    """Up to the third stage, 1024 numbers: the ResNet-50 of CLAM, TRIDENT and most MIL papers. Needs no account."""
    import torchvision
    from torchvision import transforms as t

    weights = None if untrained else torchvision.models.ResNet50_Weights.IMAGENET1K_V1
    net = torchvision.models.resnet50(weights=weights)
    stages = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool, net.layer1, net.layer2, net.layer3)
    transform = t.Compose([t.Resize(224), t.ToTensor(), t.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
    return Encoder(stages, transform, 256, 0.5, "BSD-3-Clause (torchvision); trained on ImageNet", "https://pytorch.org/vision", pooling="mean")


def from_timm(name, **options):
    import timm
    from timm.data import create_transform, resolve_data_config

    model = timm.create_model(name, pretrained=True, **options)
    return model, create_transform(**resolve_data_config(model.pretrained_cfg, model=model))


def uni(_):
    """ViT-L/16, 1024 numbers."""
    model, transform = from_timm("hf-hub:MahmoodLab/UNI", init_values=1e-5, dynamic_img_size=False)
    return Encoder(model, transform, 256, 0.5, "CC-BY-NC-ND-4.0, on request", "https://huggingface.co/MahmoodLab/UNI", id="uni_v1")


def virchow2(_):
    """ViT-H/14 with four registers: class token and mean of the picture's tokens, 2 x 1280 numbers."""
    from timm.layers import SwiGLUPacked

    model, transform = from_timm("hf-hub:paige-ai/Virchow2", mlp_layer=SwiGLUPacked, act_layer=nn.SiLU)
    return Encoder(model, transform, 224, 0.5, "CC-BY-NC-ND-4.0, on request", "https://huggingface.co/paige-ai/Virchow2", pooling="cls-mean", prefix=5)


def conch(_):
    """CONCH's picture side before the contrastive projection, 512 numbers (pip install git+https://github.com/mahmoodlab/CONCH.git)."""
    from conch.open_clip_custom import create_model_from_pretrained

    whole, transform = create_model_from_pretrained("conch_ViT-B-16", "hf_hub:MahmoodLab/conch")

    class Picture(nn.Module):
        def __init__(self):
            super().__init__()
            self.whole = whole

        def forward(self, image):
            return self.whole.encode_image(image, proj_contrast=False, normalize=False)

    return Encoder(Picture(), transform, 512, 0.5, "CC-BY-NC-ND-4.0, on request", "https://huggingface.co/MahmoodLab/CONCH", id="conch_v1")


def ctranspath(_):
    """Swin-T behind a convolutional stem, 768 numbers."""

    class Stem(nn.Module):
        # Named as in the weights: proj.0 to proj.6, norm.
        def __init__(self, img_size=224, embed_dim=96, norm_layer=None, **_):
            super().__init__()
            side = (img_size if isinstance(img_size, int) else img_size[0]) // 4
            self.grid_size, self.num_patches = (side, side), side * side
            quarter, half = embed_dim // 8, embed_dim // 4
            self.proj = nn.Sequential(
                nn.Conv2d(3, quarter, 3, 2, 1, bias=False), nn.BatchNorm2d(quarter), nn.ReLU(),
                nn.Conv2d(quarter, half, 3, 2, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(),
                nn.Conv2d(half, embed_dim, 1),
            )
            self.norm = norm_layer(embed_dim) if norm_layer else nn.Identity()

        def forward(self, image):
            return self.norm(self.proj(image).permute(0, 2, 3, 1))

    model, transform = from_timm("hf-hub:1aurent/swin_tiny_patch4_window7_224.CTransPath", embed_layer=Stem)
    return Encoder(model, transform, 256, 1.0, "GPL-3.0, for non-commercial academic use", "https://github.com/Xiyue-Wang/TransPath")


def test_picture(side):
    """As MHIM draws it: red to the right, green downwards, blue along the diagonal, a violet disc left of the middle, fine dark blocks below right."""
    y, x = np.mgrid[0:side, 0:side]
    last, inside = side - 1, (x - side // 3) ** 2 + (y - side // 2) ** 2 < (side // 5) ** 2
    planes = [np.where(inside, 110, x * 255 // last), np.where(inside, 50, y * 255 // last), np.where(inside, 140, (x + y) * 255 // (2 * last))]
    dark = (2 * x > side) & (4 * y > 3 * side) & ((x // 3 + y // 5) % 2 == 1)
    return Image.fromarray(np.where(dark[..., None], 40, np.stack(planes, axis=-1)).astype(np.uint8))


def read_transform(transform):
    """Side, filter, mean and std out of a torchvision transform."""
    steps = {type(step).__name__: step for step in transform.transforms}
    resize, normalize = steps["Resize"], steps["Normalize"]
    side = resize.size if isinstance(resize.size, int) else resize.size[0]
    crop = steps.get("CenterCrop")
    if crop is not None and (crop.size if isinstance(crop.size, int) else crop.size[0]) != side:
        raise SystemExit("The transform crops after resizing: a tile would lose its rim. Resize straight to the input's side instead.")
    return side, resize.interpolation.value, [float(v) for v in normalize.mean], [float(v) for v in normalize.std]


def pooled(output, encoder):
    if encoder.pooling == "mean":
        return output.mean((2, 3)) if output.dim() == 4 else output[:, encoder.prefix:].mean(1)
    if encoder.pooling == "cls-mean":
        return torch.cat([output[:, 0], output[:, encoder.prefix:].mean(1)], dim=1)
    return output


def export(model, side, path):
    """Writes PATH, and PATH.data beside it where the weights do not fit into one file of 2 GB."""
    import onnx

    arguments = dict(input_names=["image"], output_names=["features"], opset_version=17,
                     dynamic_axes={"image": {0: "tiles"}, "features": {0: "tiles"}})
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        arguments["dynamo"] = False
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        first = pathlib.Path(folder) / "model.onnx"
        torch.onnx.export(model, torch.zeros(2, 3, side, side), str(first), **arguments)
        big = sum(p.numel() * p.element_size() for p in model.parameters()) > 1_800_000_000
        loaded = onnx.load(str(first))
        data = path.name + ".data" if big else None
        if data:
            (path.parent / data).unlink(missing_ok=True)
        onnx.save(loaded, str(path), **(dict(save_as_external_data=True, all_tensors_to_one_file=True, location=data) if data else {}))
    return data


def main():
    known = {f.__name__: f for f in (resnet50, uni, conch, virchow2, ctranspath)}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=known)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("export"))
    parser.add_argument("--untrained", action="store_true", help="random weights (resnet50 only), to try the way")
    options = parser.parse_args()

    torch.manual_seed(0)
    encoder = known[options.model](options.untrained)
    side, interpolation, mean, std = read_transform(encoder.transform)
    with torch.no_grad():
        vector = pooled(encoder.model(encoder.transform(test_picture(encoder.tile))[None]), encoder)[0]
    options.out.mkdir(parents=True, exist_ok=True)
    name = encoder.id or options.model
    file = options.out / f"{name}.onnx"
    data = export(encoder.model, side, file)
    card = dict(id=name, file=file.name, inputPx=side, tilePx=encoder.tile, mpp=encoder.mpp, interpolation=interpolation, mean=mean, std=std,
                input="image", output="features", pooling=encoder.pooling, prefixTokens=encoder.prefix, dim=len(vector),
                licence=encoder.licence, source=encoder.source, reference=[float(v) for v in vector[:16]])
    if data:
        card["data"] = data
    (options.out / f"{name}.json").write_text(json.dumps(card, indent=2) + "\n")
    print(f"{file} and {name}.json are written; now: mhim encoder add {options.out / name}.json")


if __name__ == "__main__":
    main()
