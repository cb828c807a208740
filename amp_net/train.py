"""Trains AMP-Net or AMPA-Net: `python -m amp_net.train --output_dir=runs/cs25`."""

import sys

from absl import flags

from amp_net import commands

ATTENTIONS = ("initialization", "spatial", "channel")

FLAGS = flags.FLAGS
flags.DEFINE_float("cs_ratio", 25, "Measurements in percent of the pixels, above 0 and at most 100.")
flags.DEFINE_multi_enum(
    "attention",
    [],
    ["all", *ATTENTIONS],
    "An attention to use; repeat for several. None: AMP-Net, all: AMPA-Net.",
)
flags.DEFINE_integer("stages", 9, "Number of stages, K.")
flags.DEFINE_enum("start", "pca", ["pca", "orthonormal", "gaussian"], "How the sensing matrix starts.")
flags.DEFINE_string("data", "t91", "The data set to train on.")
flags.DEFINE_string("data_dir", None, "Folder of the original image files, instead of the network.")
flags.DEFINE_integer("steps", 4000, "Optimizer steps in all.")
flags.DEFINE_integer("batch_size", 64, "Blocks a step.")
flags.DEFINE_enum("optimizer", "muon", ["muon", "adam"], "The optimizer.")
flags.DEFINE_float("learning_rate", 2.5e-3, "The peak learning rate.")
flags.DEFINE_enum("schedule", "cosine", ["cosine", "constant"], "The learning rate's course.")
flags.DEFINE_float("clip_norm", 0.1, "The largest norm of a gradient; 0 for no limit.")
flags.DEFINE_bool("augment", True, "Whether blocks are flipped and turned by quarters.")
flags.DEFINE_integer("seed", 1, "Seed of everything random.")
flags.DEFINE_enum("policy", "mixed_bfloat16", ["float32", "mixed_bfloat16"], "Keras dtype policy.")
flags.DEFINE_integer("validate_every", 250, "Steps between validations; each also saves the state.")
flags.DEFINE_string("output_dir", None, "The run's folder; an interrupted run in it goes on.", required=True)


def main():
    """From the flags to one call of the library."""
    from amp_net.training_run import TrainingConfig, train

    chosen = ATTENTIONS if "all" in FLAGS.attention else FLAGS.attention
    # 25 rather than 25.0 in what is written.
    cs_ratio = int(FLAGS.cs_ratio) if FLAGS.cs_ratio == int(FLAGS.cs_ratio) else FLAGS.cs_ratio
    config = TrainingConfig(
        model={
            "cs_ratio": cs_ratio,
            "stages": FLAGS.stages,
            **{f"{name}_attention": name in chosen for name in ATTENTIONS},
        },
        start=FLAGS.start,
        data=FLAGS.data,
        steps=FLAGS.steps,
        batch_size=FLAGS.batch_size,
        optimizer=FLAGS.optimizer,
        learning_rate=FLAGS.learning_rate,
        schedule=FLAGS.schedule,
        clip_norm=FLAGS.clip_norm,
        augment=FLAGS.augment,
        seed=FLAGS.seed,
        policy=FLAGS.policy,
        validate_every=FLAGS.validate_every,
    )
    best = train(config, FLAGS.output_dir, FLAGS.data_dir, verbose=1 if sys.stdout.isatty() else 2)
    print(f"The best weights by validation are in {best}.")


def run():
    """The console script."""
    commands.run(main)


if __name__ == "__main__":
    run()
