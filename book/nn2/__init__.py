"""The chapters' shared Python: data, networks, surfaces, descents, experiments and figures.

Importing ``nn2`` or any of its modules does not import Keras: the functions that need it do so when called.
"""
