"""What TensorFlow alone does, or does faster, than the plain forms for every backend of Keras.

Here belong other ways to compute what `amp_net.layers` says (merged pairs, scales multiplied into kernels,
16-bit halves, detours around oneDNN), the training step that `tf.distribute` needs, and the optimised
network. What a network computes does not belong here. The rest of the package reaches these forms through
`amp_net.models.forms` alone, and nothing here is imported where Keras runs on another backend.
"""
