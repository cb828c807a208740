"""The networks under another backend of Keras, in processes of their own."""
