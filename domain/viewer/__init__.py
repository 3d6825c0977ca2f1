"""What one viewer may see: the rows that one operation has loaded for a user, after the rules of `domain.privacy`.

`Viewer` is what every command (`domain.commands`) and every resolver works with. It has a part for each noun, with
dataloaders whose values are what this viewer may see: None stands for "does not exist" and "not visible" alike.
"""
