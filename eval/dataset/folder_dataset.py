"""The training data in this folder, as the trainer of allenai/molmo2 takes it.

Copy this file to olmo/data/folder_dataset.py of the trainer, and let get_dataset_by_name in olmo/data/get_dataset.py
return FolderDataset("/path/to/this/folder", split) for a name of your choice, which a mixture can then hold.
"""

import json
from os.path import join

import numpy as np

from olmo.data.dataset import Dataset
from olmo.data.video_loader import VideoFrames
from olmo.preprocessing.image_preprocessor import load_image


class FolderDataset(Dataset):
    """One row of SPLIT.jsonl for each picture, group of pictures or video, with all that is asked about it."""

    def __init__(self, folder, split):
        self.folder = folder
        with open(join(folder, f"{split}.jsonl"), encoding="utf-8") as lines:
            self.rows = [json.loads(line) for line in lines]

    def __len__(self):
        return len(self.rows)

    def get(self, item, rng):
        row = self.rows[item]
        # The trainer changes what it is given.
        example = {"message_list": [dict(message) for message in row["message_list"]]}
        image = row.get("image")
        if isinstance(image, str):
            example["image"] = join(self.folder, image)
        elif image is not None:
            example["image"] = [join(self.folder, name) for name in image]
        elif "video" in row:
            example["video"] = join(self.folder, row["video"])
        elif "frames" in row:
            frames = np.stack([load_image(join(self.folder, name)) for name in row["frames"]])
            example["video"] = VideoFrames(frames, np.array(row["timestamps"]), target_fps=None)
        return example
