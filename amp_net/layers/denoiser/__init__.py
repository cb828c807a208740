"""The balanced CNN f of Eq. 3, with which a stage denoises, and the layers that it consists of.

Here belong D, η and Dᵀ, their convolutions and normalisation, and the attentions a_s and a_c of AMPA-Net.
What a stage does with the result does not.
"""
